"""Runs one program and measures it as a whole: wall time, processor time, peak resident memory."""

import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time


class BenchError(Exception):
    """A program failed, or its results are not what they must be."""


@dataclasses.dataclass(frozen=True)
class Measurement:
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: int  # bytes


# Settings of the caller's shell that would speed up or slow down some contestants and not others.
CLEARED = ("GDAL_", "CPL_", "VSI_", "OMP_", "DASK_", "HDF5_", "PYTHONPATH")


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(command, log):
    """Runs `command` with its output in the file `log`.

    The peak is the kernel's figure for the child. It is never below what this process itself holds, because
    the kernel counts the moment before exec: so nothing large (numpy, results) may ever be loaded here.
    """
    log = pathlib.Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        start = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, env=environment())
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise BenchError(f"{command[0]} ended with status {child.returncode}; the end of {log}:\n{tail}")
    return Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


# Seconds for the disk to come to rest. They do not make ext4 without a journal forget the files that were just removed:
# for minutes it looks at the place of each for every new file near it (Apus puts its store elsewhere).
SETTLING = 6


# Bytes of memory that are touched before each run. The host of a virtual machine takes back pages that nobody uses, and
# to fetch them costs several times as much as to fill them: as much as the last program left, or a pause allowed.
TOUCHED = 3 << 30
TOUCH = """
import ctypes, mmap, sys
size = int(sys.argv[1])
memory = mmap.mmap(-1, size)
ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 1, size)
"""


def touch_memory():
    """Lets every run find memory that the machine has; in a process of its own, for this one stays small."""
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    subprocess.run([sys.executable, "-c", TOUCH, str(min(TOUCHED, available // 2))], check=True)


class Contestant:
    """One program with its command, where its results go, and what was measured of it."""

    def __init__(self, name, title, command, results, archive=None):
        """`archive` is what it reads."""
        self.name, self.title, self.command, self.archive = name, title, command, archive
        self.results = pathlib.Path(results)
        self.runs = []

    def measure(self):
        shutil.rmtree(self.results, ignore_errors=True)
        self.results.mkdir(parents=True)
        os.sync()  # what the one before left to be written must not slow this one down
        time.sleep(SETTLING)
        if self.archive:
            # Each time: systems that take unused pages back have taken some since the last run, more after a slow one.
            self.archive.warm()
            touch_memory()
        self.runs.append(run(self.command, self.results.with_suffix(".log")))
        return self.runs[-1]

    @property
    def wall(self):
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self):
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self):
        """The largest of all runs: a limit is kept only if it is kept each time."""
        return max(run.peak for run in self.runs)

    def json(self):
        return {
            "title": self.title, "command": [str(word) for word in self.command],
            "wall_seconds": self.wall, "cpu_seconds": self.cpu, "peak_bytes": self.peak,
            "runs": [dataclasses.asdict(run) for run in self.runs],
        }


def pin(threads):
    """Keeps this process and all its children on as many processors as the contestants have threads.

    Returns how many processors that leaves. One of each core first, so that two threads do not share a core.
    """
    cores = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.setdefault(siblings.read_text() if siblings.exists() else cpu, []).append(cpu)
    ranked = sorted((rank, cpu) for core in cores.values() for rank, cpu in enumerate(core))
    ranked = [cpu for _, cpu in ranked]
    os.sched_setaffinity(0, ranked[:threads])
    return min(threads, len(ranked))
