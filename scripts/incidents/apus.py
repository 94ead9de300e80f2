"""Runs Apus on an incident and judges what it says and leaves. Results are read with ncdump, not by Apus itself."""
import json
import os
import re
import resource
import subprocess

from judge import Layer, flaw
from setting import SEASONS


def run(setting, binary):
    """(verdict, detail): "right bytes", "named loss" or "WRONG"."""
    incident = setting.incident
    results, said = [], ""
    for chunk in incident.get("runs", [[64, 64]]):
        setting.write_json(os.path.join(setting.folder, "config.json"), setting.config(chunk))
        status, said = call(setting, binary, ["--fresh"])
        if incident.get("again"):
            second, more = call(setting, binary, [])
            if (second == 0) != (status == 0):
                return "WRONG", f"exit status {status}, then {second}: {last(more)}"
        if emptied := incident.get("emptied"):
            open(os.path.join(setting.folder, "out", emptied), "w").close()
            status, said = call(setting, binary, [])
        layers, problem = read(setting)
        if problem:
            return "WRONG", problem
        results.append((status, layers))
        verdict, detail = judge(setting, status, layers, said)
        if verdict == "WRONG":
            return verdict, f"chunk {chunk}: {detail}"
    for _, layers in results[1:]:
        # As text: a missing value is not equal to itself.
        if [repr(layer.rows) for layer in layers.values()] != [repr(layer.rows) for layer in results[0][1].values()]:
            return "WRONG", "the values depend on the chunks"
    return verdict, detail


def judge(setting, status, layers, said):
    incident = setting.incident
    unnamed = [text for text in incident.get("names", []) if not re.search(text, said)]
    if status == 0:
        problem = flaw(setting, layers, may_lack=False)
        if problem is None:
            return "right bytes", ""
        return "WRONG", f"exit status 0, and {problem}"
    if status != 1 or "loss" not in incident["right"]:
        return "WRONG", f"exit status {status}: {last(said, '^apus:|scene')}"
    if unnamed:
        return "WRONG", f"nothing is said of {unnamed}: {last(said)}"
    problem = flaw(setting, layers, may_lack=True)
    return ("WRONG", problem) if problem else ("named loss", last(said, incident["names"][0]))


def call(setting, binary, arguments):
    environment = dict(os.environ, GDAL_HTTP_RETRY_DELAY="0.01")
    if setting.address:
        environment["PC_SDK_SAS_URL"] = setting.token_service
    limit = setting.incident.get("file_limit")

    def restrict():
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit << 10, limit << 10))

    # Signals are not restored: a file that is too large is an error of the write then, as on a full disk.
    process = subprocess.run(
        [os.path.abspath(binary), "run", "config.json", "--progress", "none", *arguments], cwd=setting.folder, env=environment,
        capture_output=True, text=True, preexec_fn=restrict, restore_signals=False, timeout=300)
    return process.returncode, process.stderr + process.stdout


def last(said, pattern=None):
    """The line that a pattern is in, or the last one."""
    lines = [line.strip() for line in said.strip().splitlines()] or [""]
    chosen = next((line for line in lines if pattern and re.search(pattern, line)), lines[-1])
    return re.sub(r"http://127.0.0.1:\d+/\S*/", "", re.sub(r"/\S*/apus-incident-[^/\s]*/", "", chosen))[:200]


def read(setting):
    """The layers by label, and what is wrong with the files themselves."""
    layers = {}
    folder = os.path.join(setting.folder, "out", "s")
    if setting.incident.get("quality"):
        path = os.path.join(folder, "red_seasonal_mean.nc")
        if not os.path.exists(path):
            return {}, None
        grid = dump(path, "red_seasonal_mean")
        if grid is None:
            return {}, f"{path} cannot be read"
        x, y, values = grid
        size = len(x) * len(y)
        for place, label in enumerate(SEASONS):
            rows = rows_of(values[place * size:(place + 1) * size], len(x))
            if any(value == value for row in rows for value in row):
                layers[label] = Layer(x, y, rows)
        return layers, None
    folder = os.path.join(folder, "red")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.startswith("."):
            continue
        grid = dump(os.path.join(folder, name), "red")
        if grid is None:
            return {}, f"s/red/{name} is no NetCDF file, under its final name"
        layers[name.removesuffix(".nc")] = Layer(grid[0], grid[1], rows_of(grid[2], len(grid[0])))
    return layers, None


def rows_of(values, width):
    return [values[place:place + width] for place in range(0, len(values), width)]


def dump(path, variable):
    """x, y and the values of a variable of a NetCDF file; None when it is none."""
    process = subprocess.run(["ncdump", "-p", "9,17", "-v", f"x,y,{variable}", path], capture_output=True, text=True)
    if process.returncode != 0:
        return None
    data = process.stdout.split("\ndata:\n", 1)[1]

    def numbers(name):
        text = re.search(rf"(?:^|\n) {re.escape(name)} =\s*(.*?) ;", data, re.S).group(1)
        return [float("nan") if word.strip() in ("_", "NaN", "NaNf") else float(word.strip().rstrip("f"))
                for word in text.split(",")]

    return numbers("x"), numbers("y"), numbers(variable)
