"""check_kubernetes.py URL FILE: Kubernetes' own Python client makes, reads, lists, starts and removes a job at URL, and
takes FILE, a job as Apus writes it, for one: every field is known to the client.

Run by scripts/verify-clients."""
import json
import sys
import time

from kubernetes import client


def main(url, path):
    api = client.BatchV1Api(client.ApiClient(client.Configuration(host=url)))
    with open(path) as file:
        manifest = json.load(file)
    serializer = client.ApiClient()

    # What the client does not know it leaves out; a wrong type it refuses.
    class Answer:
        data = json.dumps(manifest)

    read = serializer.deserialize(Answer.data, "V1Job", "application/json")
    again = serializer.sanitize_for_serialization(read)
    assert again == manifest, f"the client reads another job: {again}"
    manifest["metadata"]["name"] = "check"
    manifest["spec"]["suspend"] = True
    manifest["spec"]["template"]["spec"]["containers"][0]["command"] = ["/bin/sh", "-c", "exit $JOB_COMPLETION_INDEX"]
    made = api.create_namespaced_job("default", manifest)
    assert made.status.conditions[0].type == "Suspended", made.status
    assert [job.metadata.name for job in api.list_namespaced_job("default").items].count("check") == 1
    api.patch_namespaced_job("check", "default", {"spec": {"suspend": False}})
    for _ in range(100):
        status = api.read_namespaced_job("check", "default").status
        if status.conditions:
            break
        time.sleep(0.05)
    # The first task ends with 0, the second with 1, which is no reason to try again.
    assert (status.completed_indexes, status.failed_indexes, status.conditions[0].type) == ("0", "1", "Failed"), status
    api.delete_namespaced_job("check", "default", propagation_policy="Background")
    try:
        api.read_namespaced_job("check", "default")
    except client.ApiException as error:
        assert error.status == 404
    else:
        raise AssertionError("the job is still there")
    print("accepted")


main(*sys.argv[1:])
