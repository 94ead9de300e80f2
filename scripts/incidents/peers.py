"""Runs the peers on an incident, as their documentation has it, each in a process of its own, and judges their layers."""
import json
import os
import re
import resource
import subprocess

from apus import last
from judge import Layer, flaw

TOOLS = ["odc-stac", "stackstac", "rasterio"]


def run(setting, python, tool):
    """(verdict, detail): "right bytes", "named loss", "an error without a name", "WRONG"; "-" where the incident is not of
    the tool's kind."""
    if setting.incident.get("peers", {}).get(tool, {}) is None or tool == "rasterio" and setting.api:
        return "-", ""
    runs = []
    for chunk in setting.incident.get("runs", [[64, 64]]) if tool != "rasterio" else [[64, 64]]:
        status, layers, said = call(setting, python, tool, chunk)
        if status != 0:
            is_named = all(re.search(text, said) for text in setting.incident.get("names", [])[:1])
            error = next((line for line in reversed(said.splitlines()) if re.match(r"\w[\w.]*(Error|Exception|Warning)", line)), said)
            return "named loss" if is_named else "an error without a name", last(error)
        # A message beside is no loss that a program could see; but a person can.
        problem = flaw(setting, layers, may_lack=False)
        if problem:
            if flaw(setting, layers, may_lack=True) is None and re.search("|".join(setting.incident.get("names", ["$^"])), said):
                return "a hole, told in the log", problem
            return "WRONG", problem
        runs.append(repr([layer.rows for layer in layers.values()]))
    return ("right bytes", "") if len(set(runs)) == 1 else ("WRONG", "the values depend on the chunks")


def call(setting, python, tool, chunk):
    job = {
        "tool": tool, "chunk": chunk, "api": setting.api, "catalogue": setting.write_items(),
        "collection": setting.collection, "encoding": setting.encoding, "quality": setting.incident.get("quality", False),
        "mosaic": len({scene["date"] for scene in setting.scenes}) < len(setting.scenes),
        "token_service": setting.token_service if "--token-ttl" in setting.incident.get("server", []) else None,
        "further": setting.incident.get("peers", {}).get(tool, {}), "result": os.path.join(setting.folder, f"{tool}.json"),
        "writes": bool(setting.incident.get("file_limit")),
    }
    path = os.path.join(setting.folder, "job.json")
    setting.write_json(path, job)
    if os.path.exists(job["result"]):
        os.remove(job["result"])
    limit = setting.incident.get("file_limit")

    def restrict():
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit << 10, limit << 10))

    here = os.path.dirname(os.path.abspath(__file__))
    process = subprocess.run(
        [python, "-B", os.path.join(here, "peer_job.py"), path], capture_output=True, text=True, timeout=300,
        preexec_fn=restrict, restore_signals=False)
    layers = {}
    if process.returncode == 0:
        # Read without the limit.
        subprocess.run([python, "-B", os.path.join(here, "peer_job.py"), "--read", path], check=True)
        with open(job["result"]) as file:
            layers = {label: Layer(*layer) for label, layer in json.load(file).items()}
    return process.returncode, layers, process.stdout + process.stderr
