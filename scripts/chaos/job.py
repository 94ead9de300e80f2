"""The job that is run again and again, and the checksums of its data."""
import hashlib
import json
import os
import subprocess


class Job:
    """The job, in a folder of its own, with an archive that is made once."""

    def __init__(self, apus, folder):
        self.apus, self.folder = apus, folder
        self.call("simulate", "archive", "--dates", "6", "--size", "1024x1024", "--bands", "red,nir08,qa_pixel",
                  "--quiet")

    def call(self, *words):
        return subprocess.run([self.apus, *words], cwd=self.folder, check=True, capture_output=True, text=True)

    def config(self, name, mode, **cluster):
        value = {
            "pipeline": "chaos", "area": "native", "dates": {"start": "2021-01-01", "end": "2021-12-31"},
            "run_mode": mode, "resources": {"chunk": 64, "threads": 1, "memory": "256MiB"},
            "sequences": [{"name": "s", "modules": [
                {"module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2"},
                {"module": "cloud_mask", "reject": ["cloud"], "dilate": 3}, {"module": "ndvi", "save": True},
                {"module": "composite", "of": "ndvi", "period": "all", "statistic": "median", "as": "median"},
                {"module": "gaussian", "of": "median", "sigma": 2, "as": "smooth"}]}]}
        if cluster:
            value["cluster"] = cluster
        with open(f"{self.folder}/{name}.json", "w") as file:
            json.dump(value, file)

    def submit(self, name):
        return subprocess.Popen(
            [self.apus, "run", f"{name}.json", "--output", name, "--wait"], cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def workers(self, name):
        """Processes that compute shards of a run."""
        mark = f"{self.folder}/{name}\0".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read()
            except OSError:
                continue
            if mark in words and b"--shard" in words and not words.startswith(b"/bin/sh"):
                found.append(int(pid))
        return found

    def data(self, name):
        """A checksum of the values of each published file."""
        sums = {}
        for folder, _, files in os.walk(f"{self.folder}/{name}/s"):
            for file in filter(lambda file: file.endswith(".nc"), files):
                path = os.path.join(folder, file)
                text = subprocess.run(["ncdump", "-p", "9,17", path], check=True, capture_output=True).stdout
                values = text[text.index(b"\ndata:"):]
                sums[os.path.relpath(path, f"{self.folder}/{name}")] = hashlib.sha256(values).hexdigest()
        return sums
