"""check_azure_batch.py URL FILE: Azure Batch's own Python client makes a job at URL, signs with the account's key, adds
tasks, reads and ends them, and takes FILE, tasks as Apus writes them, for some: every field is known to the client.

Run by scripts/verify-clients."""
import json
import re
import sys
import time

from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential

import batch_tasks


def main(url, path):
    client = BatchClient(url, AzureNamedKeyCredential("account", batch_tasks.KEY))
    with open(path) as file:
        tasks = json.loads(re.sub(r"(?m)^#.*$", "", file.read()))
    for task in tasks:
        again = models.BatchTaskCreateOptions(task).as_dict()
        assert again == task, f"the client reads another task: {again}"
    client.create_job(models.BatchJobCreateOptions(
        id="check", pool_info=models.BatchPoolInfo(pool_id="pool"), uses_task_dependencies=True))
    options = [models.BatchTaskCreateOptions(
        id=str(number), command_line=f"/bin/sh -c 'exit {number - 1}'",
        depends_on=models.BatchTaskDependencies(task_id_ranges=[models.BatchTaskIdRange(start=1, end=1)])
        if number > 1 else None) for number in range(1, 6)]
    client.create_task_collection("check", models.BatchTaskGroup(task_values=options))
    for _ in range(100):
        shown = list(client.list_tasks("check"))
        if all(task.state == "completed" for task in shown):
            break
        time.sleep(0.05)
    ends = {task.id: task.execution_info.exit_code for task in shown}
    assert ends == {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4}, ends
    assert client.get_job("check").state == "active"
    print("accepted")


main(*sys.argv[1:])
