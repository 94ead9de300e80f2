"""The programs side by side: their configs and commands."""

import json

import measure
import tools

REJECTED = ["fill", "cloud", "cloud_shadow", "water"]
SEQUENCE = "landsat"
# Chunk sides, and how xarray reduces groups; the first is what users have who follow the notebook.
PEERS = ((1024, "flox"), (1024, "plain"), (2048, "flox"), (2048, "plain"))


def config(archive, path, save_ndvi=False, reduction="seasonal_mean", resources=None, is_counted=True, dilate=0):
    """Writes the config of a job on an archive: cloud mask, NDVI, a reduction over the seasons."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "pipeline": "bench",
        "area": "native",
        "dates": {"start": archive.first, "end": archive.last},
        "output": {"location": "out/bench/run", "formats": ["netcdf"]},
        "resources": resources or {},
        "sequences": [{
            "name": SEQUENCE,
            "modules": [
                {"module": "download", "source": str(archive.items), "collection": archive.collection,
                 "bands": ["red", "nir08", "qa_pixel"], "group_by": "solar_day"},
                {"module": "cloud_mask", "band": "qa_pixel", "reject": REJECTED}
                | ({"dilate": dilate} if dilate else {}),
                {"module": "ndvi", "save": save_ndvi},
                {"module": reduction, "of": "ndvi"} | ({} if is_counted else {"count": False}),
            ],
        }],
    }
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


class Field:
    """Makes the contestants, all with as many threads, each with a directory of its own."""

    def __init__(self, apus, work, threads, memory):
        self.program, self.runs, self.threads, self.memory = apus, work / "runs", threads, memory

    def apus(self, name, title, archive, **job):
        path = config(archive, self.runs / f"{name}.json", **job)
        results = self.runs / name
        command = [self.program, "run", path, "--output", results, "--threads", self.threads, "--memory",
                   self.memory, "--quiet"]
        return measure.Contestant(name, title, command, results, archive)

    def odc_stac(self, python, archive, chunk, reduction):
        name = f"odc-stac-{chunk}-{reduction}"
        results = self.runs / name
        command = [
            python, tools.HERE / "peer_odc_stac.py", archive.items, chunk, self.threads, reduction,
            results / "mean.nc"]
        words = "with flox" if reduction == "flox" else "without flox"
        return measure.Contestant(name, f"odc-stac + dask + xarray, chunks {chunk}, {words}", command, results, archive)

    def decode(self, program, archive):
        paths = self.runs / "decode-files.txt"
        paths.parent.mkdir(parents=True, exist_ok=True)
        paths.write_text("".join(f"{path}\n" for path in archive.files))
        return measure.Contestant(
            "gdal-decode", "GDAL reads every block, nothing else", [program, self.threads, paths],
            self.runs / "gdal-decode", archive)

    def cdo(self, program, dates):
        """CDO on the NDVI files that the contestant `dates` leaves."""
        results = self.runs / "cdo"
        files = dates.results / SEQUENCE / "ndvi" / "*.nc"
        command = [program, "-s", "-P", self.threads, "-f", "nc4", "-z", "zip_1", "yseasmean", "-cat", files,
                   results / "mean.nc"]
        return measure.Contestant("cdo", "CDO, seasonal mean of NDVI files made by Apus", command, results)


def product(contestant, variable):
    """A reduction's file of a run of Apus, with its variable."""
    return [str(contestant.results / SEQUENCE / f"{variable}.nc"), variable]


def date_files(contestant, variable):
    return sorted(str(path) for path in (contestant.results / SEQUENCE / variable).glob("*.nc"))


def worker_seconds(contestant):
    """Where the workers of the latest run of Apus spent their time; empty when it does not say."""
    summary = json.loads((contestant.results / "summary.json").read_text())
    return summary["run"].get("worker_seconds", {})
