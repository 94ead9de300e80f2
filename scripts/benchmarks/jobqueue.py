"""Runs one job on a Slurm of its own with Apus and with dask-jobqueue; see scripts/bench.

Three rounds each: a quiet one; one in which a node loses power; one in which the process that submitted is killed. All
results are compared. Needs the packages slurm-wlm and munge, and the rights of root, as scripts/cluster-chaos does.
Seconds of processor are those of all processes on the nodes and of the one that waits, looked at ten times a second.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import archives
import contestants
import measure
import tools
from tools import say

sys.path.append(str(tools.ROOT / "scripts" / "chaos"))
from cluster import Cluster, call

PACKAGES = (*tools.PACKAGES, "dask-jobqueue", "distributed", "pystac")
PEER = tools.HERE / "peer_dask_jobqueue.py"
TICKS = os.sysconf("SC_CLK_TCK")


def lines(path):
    """Lines that say something."""
    text = [line.strip() for line in path.read_text().splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in text)


class Contest:
    def __init__(self, options, folder, cluster):
        self.options, self.folder, self.cluster = options, pathlib.Path(folder), cluster
        self.apus = tools.apus(options.apus)
        self.quiet = {}
        self.python = options.python or tools.python("bench-cluster", PACKAGES)
        self.archive = archives.simulated(
            self.apus, self.folder / "archive", options.dates, options.side, options.side)
        self.config = contestants.config(
            self.archive, self.folder / "apus.json", resources={"threads": 1, "chunk": options.chunk},
            is_counted=False)
        document = json.loads(self.config.read_text())
        document |= {"run_mode": "slurm", "cluster": {"partition": "main", "tasks": options.jobs}}
        self.config.write_text(json.dumps(document, indent=2) + "\n")

    def start(self, name, round):
        """The process that submits and waits, and the file that it is to make."""
        output = self.folder / f"{name}-{round}"
        if name == "apus":
            command = [self.apus, "run", self.config, "--output", output, "--wait"]
            result = output / contestants.SEQUENCE / "ndvi_seasonal_mean.nc"
        else:
            output.mkdir()
            result = output / "mean.nc"
            command = [
                self.python, PEER, self.archive.items, self.options.chunk, self.options.jobs, output, result]
        log = open(self.folder / f"{name}-{round}.log", "w")
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
        return process, result

    def working(self):
        """The nodes on which tasks compute."""
        rows = call("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%N|%j").stdout.splitlines()
        return [row.split("|")[0] for row in rows if "-shards" in row or "dask" in row]

    def sample(self, spent):
        """Notes seconds of processor so far of all processes of jobs, and of those that wait for them."""
        mark = str(self.folder).encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    words = file.read()
                if b"SLURM_CONF=" + mark not in words or b"SLURM_JOB_ID=" not in words and int(pid) != self.waiting:
                    continue
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            spent[pid] = (int(fields[11]) + int(fields[12])) / TICKS

    def run(self, name, round):
        start = time.monotonic()
        process, result = self.start(name, round)
        self.waiting = process.pid
        told, spent = "", {}
        while process.poll() is None:
            self.sample(spent)
            # Half of what it took in peace is over.
            is_half = round != "quiet" and time.monotonic() - start > self.quiet[name] / 2
            nodes = self.working() if is_half else []
            if nodes:
                if round == "node":
                    self.cluster.cut_power(nodes[0])
                    told = f"{nodes[0]} lost power after {time.monotonic() - start:.0f} s; "
                else:
                    process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.1)
        process.wait()
        # What was submitted may go on without whoever submitted it.
        while call("squeue", "--noheader").stdout.strip() and time.monotonic() - start < self.options.patience:
            time.sleep(0.5)
        elapsed = time.monotonic() - start
        self.quiet.setdefault(name, elapsed)
        words = f"{elapsed:.0f} s"
        if round == "quiet":
            words += f", {sum(spent.values()):.0f} s of processor"
        if not result.exists():
            say((self.folder / f"{name}-{round}.log").read_text()[-1000:])
        call("scancel", "--user", str(os.getuid()))
        return result, f"{told}{words}; {self.told(name, round, result)}"

    def compare(self, one, other):
        request, answer = self.folder / "request.json", self.folder / "answer.json"
        request.write_text(json.dumps({"tolerance": 1e-6, "comparisons": [
            {"name": "mean", "kind": "seasons", "a": [str(other), "ndvi_seasonal_mean"],
             "b": [str(one), "ndvi_seasonal_mean"]}]}))
        tools.call([self.python, tools.HERE / "agreement.py", request, answer], "comparing results")
        return json.loads(answer.read_text())[0]

    def told(self, name, round, result):
        if not result.exists():
            return "no result"
        if name == "dask-jobqueue":
            return (self.folder / f"{name}-{round}.log").read_text().splitlines()[-1]
        logs = (self.folder / f"apus-{round}" / "ledger" / "logs").glob("shards-*.log")
        shards = [line for log in logs for line in log.read_text().splitlines() if "cells computed" in line]
        numbers = [[int(word) for word in line.replace(",", "").split() if word.isdigit()] for line in shards]
        return f"{sum(row[0] for row in numbers)} cells computed by tasks that ended, {sum(row[1] for row in numbers)} kept"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench cluster", description=__doc__.splitlines()[0])
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--python", type=pathlib.Path, help="an interpreter that has the peers")
    parser.add_argument("--dates", type=int, default=24)
    parser.add_argument("--side", type=int, default=2048, help="columns and rows of a scene")
    parser.add_argument("--chunk", type=int, default=512)
    parser.add_argument("--jobs", type=int, default=4, help="of one core each")
    parser.add_argument("--patience", type=int, default=600, help="seconds for a round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(os.path.join(folder, "slurm"))
        try:
            contest = Contest(options, folder, cluster)
            print(f"apus: {lines(contest.config)} lines of JSON; dask-jobqueue: {lines(PEER)} lines of Python")
            truth, failed = None, 0
            for round in ("quiet", "node", "client"):
                for name in ("apus", "dask-jobqueue"):
                    result, told = contest.run(name, round)
                    truth = truth or result
                    if result.exists():
                        verdict = contest.compare(truth, result)
                        failed += not verdict["agrees"]
                        told += "; agrees" if verdict["agrees"] else f"; DIFFERS: {verdict}"
                    print(f"{round}, {name}: {told}", flush=True)
        except measure.BenchError as error:
            sys.exit(f"scripts/bench: {error}")
        finally:
            cluster.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
