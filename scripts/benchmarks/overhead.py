"""Measures what a run on a Slurm of its own takes beyond the work of its tasks; see scripts/bench.

A thousand small cells in tasks that each sleep for a minute before they compute. All beyond the sleep counts as overhead:
planning, submission, the probe, waiting for a processor that is free, the start of each task, cells, publishing.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import archives
import contestants
import measure
import tools

sys.path.append(str(tools.ROOT / "scripts" / "chaos"))
from cluster import NODES, Cluster

DATES, SIDE, CHUNK, TARGET = 10, 640, 64, 5
SLOTS = NODES * 2


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench overhead", description=__doc__.splitlines()[0])
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--tasks", type=int, default=5 * SLOTS, help=f"on {SLOTS} processors (default: %(default)s)")
    parser.add_argument("--sleep", type=float, default=60, help="seconds of a task (default: 60)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(os.path.join(folder, "slurm"))
        try:
            run(options, pathlib.Path(folder))
        except measure.BenchError as error:
            sys.exit(f"scripts/bench: {error}")
        finally:
            cluster.stop()


def run(options, folder):
    apus = tools.apus(options.apus)
    archive = archives.simulated(apus, folder / "archive", DATES, SIDE, SIDE)
    config = contestants.config(archive, folder / "job.json", resources={"threads": 1, "chunk": CHUNK})
    document = json.loads(config.read_text())
    # The probe and the job that publishes are no tasks of an array.
    document |= {"run_mode": "slurm", "cluster": {
        "tasks": options.tasks, "prepare": f'[ -z "$SLURM_ARRAY_TASK_ID" ] || sleep {options.sleep}'}}
    config.write_text(json.dumps(document))
    moments = [("start", time.monotonic())]
    process = subprocess.Popen(
        [apus, "run", config, "--output", folder / "out", "--wait"], stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL)
    for line in process.stderr:
        if ": submitted " in line:
            moments.append(("planned and submitted", time.monotonic()))
        elif line.startswith("1000 cells ended") or " cells ended, 0 wait" in line and len(moments) == 2:
            moments.append(("last cell", time.monotonic()))
    if process.wait() != 0:
        raise measure.BenchError(f"apus ended with {process.returncode}")
    moments.append(("published, and seen to be", time.monotonic()))
    ideal = options.tasks * options.sleep / SLOTS
    elapsed = moments[-1][1] - moments[0][1]
    beyond = elapsed - ideal
    print(f"{options.tasks} tasks of {options.sleep:g} s on {SLOTS} processors: {ideal:.0f} s of work")
    for (_, before), (name, moment) in zip(moments, moments[1:]):
        print(f"  {name}: {moment - before:.1f} s")
    share = 100 * beyond / ideal
    print(f"elapsed {elapsed:.1f} s: {beyond:.1f} s or {share:.1f} % beyond the work (target: {TARGET} %)")


if __name__ == "__main__":
    main()
