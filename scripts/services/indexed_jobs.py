"""The part of Kubernetes' API that runs indexed jobs; pods are processes, two at once, and a volume is the disk itself.

Bearer token "secret", when TOKEN=1 is in the environment; when LOSES_ANSWERS=1 is there, the first answer to each job
that is made gets lost. A job in a queue of Kueue is started by it, suspended or not.
"""
import datetime
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import uuid

QUEUE = "kueue.x-k8s.io/queue-name"
PATH = re.compile(r"^/apis/batch/v1/namespaces/([a-z0-9-]+)/jobs(?:/([a-z0-9.-]+))?$")
jobs, lock, slots = {}, threading.RLock(), threading.Semaphore(2)


class Refused(Exception):
    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def need(holds, message):
    if not holds:
        raise Refused(422, "Invalid", f"Job.batch is invalid: {message}")


def check(job):
    """What the server refuses in what Apus sends."""
    need(job.get("apiVersion") == "batch/v1" and job.get("kind") == "Job", "apiVersion, kind")
    name = job["metadata"].get("name") or job["metadata"].get("generateName", "") + "x"
    need(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name), f"metadata.name: {name!r}")
    known = {"completionMode", "completions", "parallelism", "suspend", "backoffLimitPerIndex", "podFailurePolicy",
             "template", "backoffLimit"}
    need(set(job["spec"]) <= known, f"spec: unknown fields {set(job['spec']) - known}")
    pod = job["spec"]["template"]["spec"]
    need(pod.get("restartPolicy") == "Never", "spec.template.spec.restartPolicy: only Never with podFailurePolicy")
    need("backoffLimitPerIndex" not in job["spec"] or job["spec"].get("completionMode") == "Indexed",
         "backoffLimitPerIndex: needs Indexed completion mode")
    for rule in job["spec"].get("podFailurePolicy", {}).get("rules", []):
        need(rule["action"] in ("Ignore", "Count", "FailIndex", "FailJob"), "podFailurePolicy action")
        need(("onExitCodes" in rule) != ("onPodConditions" in rule), "podFailurePolicy: one of the two")
        values = rule.get("onExitCodes", {}).get("values", [1])
        need(values == sorted(set(values)) and 0 not in values, "podFailurePolicy values: ordered, unique, not 0")
    for value in job["metadata"].get("annotations", {}):
        need(re.fullmatch(r"([a-z0-9.-]+/)?[A-Za-z0-9._-]+", value), f"annotations: {value!r}")
    names = {volume["name"] for volume in pod.get("volumes", [])}
    for container in pod["containers"]:
        need(container.get("image"), "image: required")
        need({mount["name"] for mount in container.get("volumeMounts", [])} <= names, "volumeMounts: not found")


def action(job, status):
    for rule in job["spec"].get("podFailurePolicy", {}).get("rules", []):
        codes = rule.get("onExitCodes")
        if codes and (status in codes["values"]) == (codes["operator"] == "In"):
            return rule["action"]
    return "Count"


def run(job, index):
    container = job["spec"]["template"]["spec"]["containers"][0]
    environment = dict(os.environ, JOB_COMPLETION_INDEX=str(index))
    for _ in range(1 + job["spec"].get("backoffLimitPerIndex", 0)):
        with slots:
            if job.get("gone"):
                return
            with lock:
                job["status"]["active"] = job["status"].get("active", 0) + 1
            status = subprocess.call(container["command"], env=environment, stdin=subprocess.DEVNULL)
            with lock:
                job["status"]["active"] -= 1
        if status == 0:
            break
        if action(job, status if status > 0 else 128 - status) == "FailIndex":
            break
    with lock:
        job["ended"]["succeeded" if status == 0 else "failed"].append(index)
        done, failed = (sorted(job["ended"][key]) for key in ("succeeded", "failed"))
        job["status"].update(succeeded=len(done), completedIndexes=",".join(map(str, done)))
        if failed:
            job["status"].update(failed=len(failed), failedIndexes=",".join(map(str, failed)))
        if len(done) + len(failed) == job["spec"]["completions"]:
            kind = ("Failed", "FailedIndexes", "Job has failed indexes") if failed else ("Complete", "", "")
            job["status"]["conditions"] = [dict(zip(("type", "reason", "message"), kind), status="True",
                                                lastTransitionTime=now(), lastProbeTime=now())]


def start(job):
    if not job["begun"] and not job["spec"].get("suspend"):
        job["begun"] = True
        job["status"].update(startTime=now(), conditions=[])
        for index in range(job["spec"].setdefault("completions", 1)):
            threading.Thread(target=run, args=(job, index), daemon=True).start()


def admit(job):
    """What Kueue does with jobs that name a queue."""
    if job["metadata"].get("labels", {}).get(QUEUE):
        job["spec"]["suspend"] = False


def shown(job):
    return {key: job[key] for key in ("apiVersion", "kind", "metadata", "spec", "status")}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if os.environ.get("TOKEN") and self.headers.get("Authorization") != "Bearer secret":
                raise Refused(401, "Unauthorized", "Unauthorized")
            found = PATH.match(self.path.split("?")[0])
            if not found:
                raise Refused(404, "NotFound", "the server could not find the requested resource")
            with lock:
                self.answer(*self.act(found[1], found[2], json.loads(body) if body else {}))
        except Refused as refused:
            self.answer(refused.code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                                       "message": str(refused), "reason": refused.reason, "code": refused.code})

    def act(self, namespace, name, body):
        if not name:
            if self.command == "GET":
                return 200, {"kind": "JobList", "apiVersion": "batch/v1", "metadata": {"resourceVersion": "1"},
                             "items": [shown(job) for job in jobs.values()]}
            check(body)
            name = body["metadata"].setdefault(
                "name", body["metadata"].get("generateName", "") + uuid.uuid4().hex[:5])
            if name in jobs:
                raise Refused(409, "AlreadyExists", f'jobs.batch "{name}" already exists')
            body["metadata"].update(namespace=namespace, uid=str(uuid.uuid4()), creationTimestamp=now())
            jobs[name] = dict(body, status={}, begun=False, ended={"succeeded": [], "failed": []})
            if body["spec"].get("suspend"):
                jobs[name]["status"]["conditions"] = [
                    {"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "Job suspended"}]
            admit(jobs[name])
            start(jobs[name])
            if os.environ.get("LOSES_ANSWERS"):
                raise Refused(504, "Timeout", "the answer is lost")
            return 201, shown(jobs[name])
        if name not in jobs:
            raise Refused(404, "NotFound", f'jobs.batch "{name}" not found')
        job = jobs[name]
        if self.command == "DELETE":
            job["gone"] = True
            del jobs[name]
            return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        if self.command == "PATCH":
            if not self.headers["Content-Type"].startswith("application/") or not set(body) <= {"spec", "metadata"}:
                raise Refused(415, "UnsupportedMediaType", "merge patch of the spec and the metadata only")
            job["spec"].update(body.get("spec", {}))
            job["metadata"].setdefault("labels", {}).update(body.get("metadata", {}).get("labels", {}))
            admit(job)
            start(job)
        return 200, shown(job)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("ready", flush=True)
    server.serve_forever()
