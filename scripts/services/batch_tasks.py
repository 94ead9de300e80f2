"""The part of Azure Batch's API that runs tasks which wait for one another; nodes are processes, two at once.

Account "account" with the key below, or bearer token "secret"; one pool, "pool". A page of tasks has three.
"""
import base64
import datetime
import hashlib
import hmac
import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import urllib.parse

KEY = base64.b64encode(b"a key of the tests").decode()
jobs, lock, slots = {}, threading.RLock(), threading.Semaphore(2)
SIGNED = ["content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
          "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"]


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def need(holds, field):
    if not holds:
        raise Refused(400, "InvalidPropertyValue", f"The value provided for {field} is invalid.")


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def check(task, job):
    """What the service refuses in what Apus sends."""
    known = {"id", "displayName", "commandLine", "constraints", "exitConditions", "environmentSettings", "dependsOn",
             "containerSettings", "userIdentity", "resourceFiles", "requiredSlots"}
    need(set(task) <= known, f"fields {set(task) - known}")
    need(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", task.get("id", "")), "id")
    need(task.get("commandLine"), "commandLine")
    need(re.fullmatch(r"PT\d+S", task.get("constraints", {}).get("maxWallClockTime", "PT1S")), "maxWallClockTime")
    for options in [task.get("exitConditions", {}).get("default", {})]:
        need(options.get("dependencyAction", "block") in ("satisfy", "block"), "dependencyAction")
        need(options.get("jobAction", "none") in ("none", "disable", "terminate"), "jobAction")
    for depends in task.get("dependsOn", {}).get("taskIdRanges", []):
        need(job["usesTaskDependencies"] and depends["start"] <= depends["end"], "dependsOn")


def waits(task):
    ranges = task.get("dependsOn", {}).get("taskIdRanges", [])
    return [str(number) for part in ranges for number in range(part["start"], part["end"] + 1)]


def is_met(job, name):
    task = job["tasks"].get(name)
    if not task or task["state"] != "completed":
        return False
    options = task["given"].get("exitConditions", {}).get("default", {})
    return task["executionInfo"]["result"] == "success" or options.get("dependencyAction") == "satisfy"


def start(job):
    """Starts what waits for nothing any more; ends the job where it is to end with its tasks."""
    for task in job["tasks"].values():
        if job["state"] == "active" and task["state"] == "active" and not task["begun"] and all(is_met(job, name) for name in waits(task["given"])):
            task["begun"] = True
            threading.Thread(target=run, args=(job, task), daemon=True).start()
    if job["onAllTasksComplete"] == "terminatejob" and all(
            task["state"] == "completed" for task in job["tasks"].values()):
        job["state"] = "completed"


def run(job, task):
    given = task["given"]
    environment = dict(os.environ, AZ_BATCH_TASK_ID=given["id"])
    environment.update((pair["name"], pair["value"]) for pair in given.get("environmentSettings", []))
    for _ in range(1 + given.get("constraints", {}).get("maxTaskRetryCount", 0)):
        with slots:
            if job["state"] == "completed":
                return
            task["state"] = "running"
            # No shell: the service starts programs.
            status = subprocess.call(shlex.split(given["commandLine"]), env=environment, stdin=subprocess.DEVNULL)
        if status == 0:
            break
    with lock:
        info = {"exitCode": status, "retryCount": 0, "requeueCount": 0, "startTime": now(), "endTime": now(),
                "result": "success" if status == 0 else "failure"}
        if status:
            info["failureInfo"] = {"category": "usererror", "code": "FailureExitCode",
                                   "message": "The task exited with an exit code representing a failure"}
        task.update(state="completed", executionInfo=info)
        if status and given.get("exitConditions", {}).get("default", {}).get("jobAction") == "terminate":
            job["state"] = "completed"
        start(job)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; odata=minimalmetadata")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_known(self, address):
        given = self.headers.get("Authorization", "")
        if given == "Bearer secret":
            return True
        lines = [self.command] + [self.headers.get(name, "") for name in SIGNED]
        lines += [f"{name.lower()}:{value}" for name, value in sorted(self.headers.items())
                  if name.lower().startswith("ocp-") and name.lower() != "ocp-apim"]
        lines += ["/account" + address.path]
        lines += [f"{name}:{values[0]}" for name, values in sorted(urllib.parse.parse_qs(address.query).items())]
        digest = hmac.new(base64.b64decode(KEY), "\n".join(lines).encode(), hashlib.sha256).digest()
        return given == "SharedKey account:" + base64.b64encode(digest).decode()

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(address.query).items()}
        try:
            if not self.is_known(address):
                raise Refused(403, "AuthenticationFailed", "Server failed to authenticate the request.")
            if query.get("api-version") != "2025-06-01":
                raise Refused(400, "InvalidQueryParameterValue", "api-version")
            if body and not self.headers.get("Content-Type", "").startswith("application/json; odata=minimalmetadata"):
                raise Refused(415, "UnsupportedMediaType", "Content-Type")
            with lock:
                self.answer(*self.act(address.path.strip("/").split("/"), query, json.loads(body) if body else {}))
        except Refused as refused:
            self.answer(refused.status, {
                "odata.metadata": "https://account/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors",
                "code": refused.code, "message": {"lang": "en-US", "value": str(refused)}})

    def act(self, path, query, body):
        asked = (self.command, path[0], len(path), path[-1] if len(path) > 2 else "")
        if asked[:3] == ("GET", "pools", 2):
            if path[1] != "pool":
                raise Refused(404, "PoolNotFound", "The specified pool does not exist.")
            return 200, {"id": "pool", "state": "active"}
        if asked[:3] == ("POST", "jobs", 1):
            need(set(body) <= {"id", "poolInfo", "usesTaskDependencies", "onAllTasksComplete", "onTaskFailure"}, "job")
            need(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", body.get("id", "")), "id")
            if body["id"] in jobs:
                raise Refused(409, "JobExists", "The specified job already exists.")
            jobs[body["id"]] = {"usesTaskDependencies": body.get("usesTaskDependencies", False), "tasks": {},
                                "state": "active", "onAllTasksComplete": body.get("onAllTasksComplete", "noaction")}
            return 201, None
        if path[0] != "jobs" or len(path) < 2 or path[1] not in jobs:
            raise Refused(404, "JobNotFound", "The specified job does not exist.")
        job = jobs[path[1]]
        if asked[:3] == ("PATCH", "jobs", 2):
            job["onAllTasksComplete"] = body.get("onAllTasksComplete", job["onAllTasksComplete"])
            start(job)
            return 200, None
        if asked == ("POST", "jobs", 3, "terminate"):
            if job["state"] == "completed":
                raise Refused(409, "JobCompleted", "The specified job is already in a completed state.")
            job["state"] = "completed"
            return 202, None
        if asked == ("POST", "jobs", 3, "addtaskcollection"):
            need(1 <= len(body["value"]) <= 100, "value")
            results = []
            for given in body["value"]:
                check(given, job)
                result = {"status": "success", "taskId": given["id"]}
                if given["id"] in job["tasks"]:
                    result.update(status="clienterror", error={
                        "code": "TaskExists", "message": {"lang": "en-US", "value": "The task already exists."}})
                else:
                    job["tasks"][given["id"]] = {"given": given, "state": "active", "begun": False}
                results.append(result)
            start(job)
            return 200, {"value": results}
        if asked == ("GET", "jobs", 3, "tasks"):
            first = int(query.get("$skiptoken", 0))
            begun = {"retryCount": 0, "requeueCount": 0}
            shown = [{"id": name, "state": task["state"], "executionInfo": task.get("executionInfo", begun)}
                     for name, task in job["tasks"].items()]
            page = {"value": shown[first:first + 3]}
            if first + 3 < len(shown):
                host = self.headers["Host"]
                words = urllib.parse.urlencode({"api-version": "2025-06-01", "$skiptoken": first + 3})
                page["odata.nextLink"] = f"http://{host}/jobs/{path[1]}/tasks?{words}"
            return 200, page
        if asked[:3] == ("GET", "jobs", 2):
            return 200, {"id": path[1], "state": job["state"], "onAllTasksComplete": job["onAllTasksComplete"]}
        raise Refused(405, "UnsupportedHttpVerb", "The resource does not support the specified HTTP verb.")

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("ready", flush=True)
    server.serve_forever()
