"""Measures composites, polygons and series beside their peers on the same files or pixels; see scripts/bench.

Monthly medians and polygons are whole jobs on both sides. A geometric median's peer only computes, from arrays in
memory, and is compared with what Apus spends in modules. Processor time (user and system) counts, the least of several
runs: it stands still while other programs have the machine.
"""

import argparse
import json
import pathlib
import shutil
import sys

import measure
import report
import tools
from tools import say

PACKAGES = ("odc-stac", "dask", "xarray", "flox", "rasterio", "netCDF4", "numpy<2.4", "scipy<1.15", "geomad",
            "exactextract", "bottleneck")
BANDS = ("blue", "green", "red")
SIX = ("blue", "green", "red", "nir08", "swir16", "swir22")
REJECTED = ["fill", "cloud", "cloud_shadow"]
DATES, POLYGONS = 45, 1000
EPS = (1e-4, 1e-5, 1e-6, 1e-7)

MEDIAN = """
import os, sys, dask, numpy, odc.stac, pystac
source, threads, output, *bands = sys.argv[1:]
items = list(pystac.ItemCollection.from_file(source))
for item in items:
    for asset in item.assets.values():
        asset.href = os.path.join(os.path.dirname(source), asset.href)
cube = odc.stac.load(items, bands=[*bands, "qa_pixel"], chunks={"x": 1024, "y": 1024}, groupby="solar_day")
good = (cube.qa_pixel & 0b11001) == 0
months = (cube[bands].where(good & (cube[bands] > 0)) * numpy.float32(0.0000275) + numpy.float32(-0.2))
months = months.astype("float32").resample(time="MS").median()
encoding = {band: {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": (1, 1024, 1024)} for band in bands}
for name in bands:
    months[name].attrs.clear()
with dask.config.set(scheduler="threads", num_workers=int(threads)):
    months.to_netcdf(output, engine="netcdf4", encoding=encoding)
"""

GEOMEDIAN = """
import sys, time, numpy as np, scipy.signal, geomad
stack, eps, threads, output = sys.argv[1:]
stack = np.load(stack)
start = time.process_time()
found = geomad.nangeomedian_pcm(stack, eps=float(eps), maxiters=1000, num_threads=int(threads))
print(time.process_time() - start)
np.save(output, found)
"""

# Simulated pixels have a few states that hardly differ in themselves: of an even number of them no point is the median.
NOISE = """
import sys, numpy as np, rasterio
chance = np.random.default_rng(1)
for path in sys.argv[1:]:
    with rasterio.open(path, "r+") as file:
        stored = file.read(1)
        noisy = np.clip((stored * 0.0000275 - 0.2) * chance.normal(1, 0.12, stored.shape) / 0.0000275 + 7273, 1, 65535)
        file.write(np.where(stored > 0, noisy.round(), 0).astype(stored.dtype), 1)
"""

STACK = """
import sys, glob, numpy as np, netCDF4
folder, output, *bands = sys.argv[1:]
dates = sorted(path.split("/")[-1] for path in glob.glob(f"{folder}/{bands[0]}/*.nc"))
def layer(band, date):
    with netCDF4.Dataset(f"{folder}/{band}/{date}") as file:
        return np.ma.filled(file[band][0].astype("float32"), np.nan)
stack = np.stack([np.stack([layer(band, date) for date in dates], -1) for band in bands], 2)
np.save(output, stack)
"""

ACCURACY = """
import sys, numpy as np, netCDF4
true, found, *bands = sys.argv[1:]
def layer(folder, band):
    with netCDF4.Dataset(f"{folder}/{band}_all_geomedian.nc") as file:
        return np.ma.filled(file[f"{band}_all_geomedian"][:].astype(float), np.nan)
errors = [np.abs(layer(true, band) - (np.load(found)[:, :, place].astype(float) if found.endswith(".npy")
                                      else layer(found, band))) for place, band in enumerate(bands)]
print(np.nanquantile(np.stack(errors), 0.999))
"""

POLYGON_LOOP = """
import sys, json, csv
from exactextract import exact_extract
features, output, *rasters = sys.argv[1:]
features = json.load(open(features))["features"]
with open(output, "w", newline="") as file:
    writer = csv.writer(file)
    for raster in rasters:
        for row in exact_extract(raster, features, ["mean", "count"], include_cols=["number"]):
            writer.writerow([raster, row["properties"]["number"], row["properties"]["mean"], row["properties"]["count"]])
"""

COMPARE = """
import sys, csv, json, numpy as np, netCDF4
kind, own, theirs, *bands = sys.argv[1:]
if kind == "polygons":
    folder = theirs
    expected = {}
    for raster, name, mean, count in csv.reader(open(theirs)):
        expected[raster.split("/")[-1][:10], str(int(float(name)))] = (float(mean), float(count))
    rows = list(csv.DictReader(line for line in open(own) if not line.startswith("#")))
    label = next(key for key in ("date", "label", "time") if key in rows[0])
    name = next(key for key in ("number", "id", "feature") if key in rows[0])
    mean = next(key for key in rows[0] if key.endswith("mean"))
    found = {(row[label][:10], row[name]): float(row[mean] or "nan") for row in rows}
    shared = [key for key in expected if key in found]
    differences = [abs(found[key] - expected[key][0]) for key in shared if expected[key][1] > 0]
    print(len(differences), max(differences))
else:
    total, worst, other = 0, 0.0, 0
    for place, band in enumerate(bands):
        def layer(path, name):
            with netCDF4.Dataset(path) as file:
                return np.ma.filled(file[name][:].astype(float), np.nan)
        if kind == "median":
            a, b = layer(f"{own}/{band}_month_median.nc", f"{band}_month_median"), layer(theirs, band)
        else:
            a, b = layer(f"{own}/{band}_all_geomedian.nc", f"{band}_all_geomedian"), np.load(theirs)[:, :, place].astype(float)
        if a.shape[0] != b.shape[0]:
            raise SystemExit(f"{a.shape} and {b.shape}")
        other += int((np.isnan(a) != np.isnan(b)).sum())
        both = ~np.isnan(a) & ~np.isnan(b)
        total += int(both.sum())
        worst = max(worst, float(np.abs(a - b)[both].max()))
    print(total, worst, other)
"""


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench composites", description="Measures composites, polygons and series beside their peers.")
    parser.add_argument("--side", type=int, default=2048, help="of the archive in pixels (default: 2048)")
    parser.add_argument("--work", type=pathlib.Path, default=tools.ROOT / "out" / "bench" / "composites")
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--python", type=pathlib.Path, help="a Python that has the peers, instead of installing them")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program (default: 3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each program (default: 2)")
    parser.add_argument("--series", type=pathlib.Path, metavar="ARCHIVE",
                        help="a directory of apus simulate over which a series module is run within 512 MiB")
    return parser.parse_args()


class CompositesBench:
    def __init__(self, chosen):
        self.chosen, self.work = chosen, chosen.work.resolve()
        self.apus = tools.apus(chosen.apus)
        self.python = chosen.python or tools.python("bench-composites", PACKAGES)
        self.rows, self.verdicts = [], []

    def archive(self, name, dates, side, bands):
        folder = self.work / f"{name}-{side}"
        if not (folder / "items.json").exists():
            say(f"making the archive {name}")
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            tools.call([self.apus, "simulate", folder, "--dates", dates, "--size", f"{side}x{side}", "--bands",
                        ",".join([*bands, "qa_pixel"]), "--coverage", "whole", "--truth", "none", "--quiet"],
                       "apus simulate")
        return folder

    def job(self, name, archive, modules, threads, memory="512MiB", runs=None):
        """Processor seconds of whole runs and of their modules, the least of several, and the greatest peak."""
        results = self.work / "runs" / name
        document = {
            "pipeline": name, "area": "native", "output": {"location": str(results)},
            "resources": {"memory": memory, "threads": threads},
            "sequences": [
                {"name": "s", "modules": [
                    {"module": "download", "source": str(archive / "items.json"), "collection": "landsat-c2-l2"},
                    {"module": "cloud_mask", "reject": REJECTED}, *modules]},
                {"name": "end", "depends_on": ["s"], "modules": [{"module": "summary"}]}]}
        path = self.work / "runs" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2))
        cpu, computing, peak = [], [], []
        for _ in range(runs or self.chosen.runs):
            shutil.rmtree(results, ignore_errors=True)
            run = measure.run([self.apus, "run", path, "--quiet"], path.with_suffix(".log"))
            cpu.append(run.cpu)
            peak.append(run.peak)
            stages = json.loads((results / "summary.json").read_text())["run"]["worker_seconds"]
            # Stages are told by the clock: their shares of the processor time do not depend on who else is at work.
            computing.append(run.cpu * stages["compute"] / sum(stages.values()))
        return min(cpu), min(computing), max(peak), results / "s"

    def peer(self, code, *words, runs=None):
        """Processor seconds of a whole peer, the least of several, and its output."""
        best, log = None, self.work / "runs" / "peer.log"
        for _ in range(runs or self.chosen.runs):
            run = measure.run([self.python, "-c", code, *words], log)
            best = run if best is None or run.cpu < best.cpu else best
        return best, log.read_text().split()

    def row(self, title, own, name, theirs, target, detail=""):
        verdict = "reached" if theirs / own >= target else "not reached"
        self.rows.append(
            f"| {title} | {report.seconds(own)} | {name} {report.seconds(theirs)} | {theirs / own:.1f}× | ≥ {target}× | "
            f"{verdict} | {detail} |")

    def compare(self, title, limit, *words):
        values, worst, *other = tools.call([self.python, "-c", COMPARE, *words], "comparing").split()
        missing = f", {other[0]} missing in one only" if other else ""
        self.verdicts.append(
            (f"{title}: {values} values, largest difference {float(worst):.1e}{missing}",
             float(worst) <= limit and not (other and int(other[0]))))

    def medians(self):
        archive = self.archive("months", 24, self.chosen.side, BANDS)
        modules = [{"module": "composite", "of": list(BANDS), "statistic": "median", "period": "month", "count": False}]
        cpu, _, peak, folder = self.job("median", archive, modules, self.chosen.threads)
        output = self.work / "runs" / "months.nc"
        theirs, _ = self.peer(MEDIAN, archive / "items.json", self.chosen.threads, output, *BANDS)
        self.row(f"monthly median of three bands, 24 dates of {self.chosen.side}²", cpu, "odc-stac + dask", theirs.cpu, 8,
                 f"{report.memory(peak)} / {report.memory(theirs.peak)}")
        self.compare("monthly medians", 1e-6, "median", folder, output, *BANDS)

    def geomedian(self):
        # As many pixels as it takes for what a program spends on its start to be nothing beside them.
        side = min(800, self.chosen.side)
        is_made = (self.work / f"six-{side}" / "items.json").exists()
        archive = self.archive("six", 24, side, SIX)
        if not is_made:
            features = json.loads((archive / "items.json").read_text())["features"]
            paths = [archive / feature["assets"][band]["href"] for feature in features for band in SIX]
            tools.call([self.python, "-c", NOISE, *paths], "adding noise")
        save = [{"module": "expression", "formula": band, "as": f"{band}_", "save": True} for band in SIX]
        _, _, _, folder = self.job("stack", archive, save, self.chosen.threads, runs=1)
        stack = self.work / "runs" / "stack.npy"
        tools.call([self.python, "-c", STACK, folder, stack, *(f"{band}_" for band in SIX)], "stacking")
        # What both are compared with: as near to the true medians as doubles go.
        true = self.own_geomedian(archive, 1e-9, runs=1)[1]
        kept = self.work / "runs" / "true"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(true, kept)
        measured = {}
        for eps in EPS:
            own, folder = self.own_geomedian(archive, eps)
            found = self.work / "runs" / "geomedian.npy"
            theirs = min(
                float(self.peer(GEOMEDIAN, stack, eps, self.chosen.threads, found, runs=1)[1][-1])
                for _ in range(self.chosen.runs))
            # The error that all but one value in a thousand stay below.
            errors = [
                float(tools.call([self.python, "-c", ACCURACY, kept, place, *SIX], "comparing"))
                for place in (folder, found)]
            measured[eps] = (own, theirs, errors)
            if eps == 1e-4:
                # Both end in the neighbourhood of the median that their eps describes: where two or three observations
                # hold it that is wide.
                self.compare("geomedians", 500 * eps, "geomedian", folder, found, *SIX)
        title = f"geomedian of six bands, 24 dates of {side}²"
        for eps, name in ((1e-4, "eps 1e-4, the peer's own"), (1e-6, "eps 1e-6, Apus' own")):
            own, theirs, errors = measured[eps]
            self.row(f"{title}, {name}: in modules", own, "geomad (hdstats)", theirs, 5,
                     f"{own / side ** 2 * 1e6:.2f} µs a pixel; errors {errors[0]:.0e} / {errors[1]:.0e}")
        # The loosest eps with which each is as near.
        limit = max(measured[1e-4][2][0], min(errors[1] for _, _, errors in measured.values()))
        own, theirs = (
            min((row[which], eps) for eps, row in measured.items() if row[2][which] <= limit) for which in (0, 1))
        self.row(f"{title}, errors of at most {limit:.0e} (eps {own[1]:g} / {theirs[1]:g}): in modules", own[0],
                 "geomad (hdstats)", theirs[0], 5)

    def own_geomedian(self, archive, eps, runs=None):
        modules = [{"module": "composite", "of": list(SIX), "statistic": "geomedian", "spread": False, "count": False,
                    "eps": eps}]
        _, computing, _, folder = self.job("geomedian", archive, modules, 1, runs=runs)
        return computing, folder

    def polygons(self):
        archive = self.archive("dates", DATES, self.chosen.side, ("red",))
        first = json.loads((archive / "items.json").read_text())["features"][0]["properties"]
        width, _, left, _, height, top = first["proj:transform"][:6]
        features = self.work / "runs" / "polygons.geojson"
        features.parent.mkdir(parents=True, exist_ok=True)
        count = int(POLYGONS ** 0.5) + 1
        spacing = self.chosen.side // count
        code = first.get("proj:code") or f"EPSG:{first['proj:epsg']}"
        shapes = []
        for number in range(POLYGONS):
            x = left + width * (number % count * spacing + 3.3)
            y = top + height * (number // count * spacing + 4.7)
            a, b = width * spacing * 0.8, height * spacing * 0.7
            ring = [[x, y], [x + a, y + 0.2 * b], [x + 0.8 * a, y + b], [x + 0.1 * a, y + 0.9 * b], [x, y]]
            shapes.append({"type": "Feature", "id": number, "properties": {"number": number},
                           "geometry": {"type": "Polygon", "coordinates": [ring]}})
        features.write_text(json.dumps({
            "type": "FeatureCollection", "features": shapes,
            "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{code.replace(':', '::')}"}}}))
        # The loop reads the same compressed files, but neither their quality layers nor their scales.
        document = json.loads((archive / "items.json").read_text())
        files = [archive / feature["assets"]["red"]["href"] for feature in document["features"]]
        links = self.work / "runs" / "rasters"
        shutil.rmtree(links, ignore_errors=True)
        links.mkdir()
        for feature, path in zip(document["features"], files):
            (links / f"{feature['properties']['datetime'][:10]}.tif").symlink_to(path.resolve())
        sample = {"module": "sample", "of": "red", "features": str(features), "id": "number",
                  "statistics": ["mean", "count"], "as": "fields"}
        document = {"module": "download", "source": str(archive / "items.json"), "collection": "landsat-c2-l2",
                    "bands": ["red"], "scale": "none"}
        cpu, own = self.bare("polygons", document, [sample])
        output = self.work / "runs" / "polygons.csv"
        theirs, _ = self.peer(POLYGON_LOOP, features, output, *sorted(links.iterdir()), runs=1)
        self.row(f"{POLYGONS} polygons, {DATES} dates of {self.chosen.side}²: whole jobs", cpu, "exactextract, a loop",
                 theirs.cpu, 10)
        self.compare("polygons' means", 1e-2, "polygons", own, output)

    def bare(self, name, source, modules):
        """The same without a mask."""
        results = self.work / "runs" / name
        path = self.work / "runs" / f"{name}.json"
        path.write_text(json.dumps({
            "pipeline": name, "area": "native", "output": {"location": str(results)},
            "resources": {"threads": self.chosen.threads, "memory": "512MiB"},
            "sequences": [{"name": "s", "modules": [source, *modules]}]}, indent=2))
        cpu = []
        for _ in range(self.chosen.runs):
            shutil.rmtree(results, ignore_errors=True)
            cpu.append(measure.run([self.apus, "run", path, "--quiet"], path.with_suffix(".log")).cpu)
        return min(cpu), results / "s" / "fields.csv"

    def series(self):
        archive = self.archive("hundred", 100, 512, ("red",))
        _, computing, _, _ = self.job(
            "harmonic", archive, [{"module": "harmonic", "of": "red", "terms": 2, "trend": True}], 1)
        rate = 512 ** 2 / computing
        verdict = "reached" if rate >= 100_000 else "not reached"
        self.rows.append(
            f"| harmonic fit of two waves and a line, 100 dates: pixels a second and thread, in modules | {rate:,.0f} | | | "
            f"≥ 100,000 | {verdict} | |")
        if not self.chosen.series:
            return
        cpu, _, peak, _ = self.job(
            "large", self.chosen.series.resolve(), [{"module": "ndvi"}, {"module": "harmonic", "of": "ndvi", "terms": 1}],
            self.chosen.threads, runs=1)
        verdict = "reached" if peak <= 512 * report.MIB else "not reached"
        self.rows.append(
            f"| harmonic fit over {self.chosen.series.name} | {report.memory(peak)} | | | ≤ 512 MiB | {verdict} | "
            f"processor {report.seconds(cpu)} |")

    def run(self):
        for part in (self.medians, self.geomedian, self.polygons, self.series):
            say(f"measuring {part.__name__}")
            part()
        print("| | apus | peer | ratio | target | | |\n| --- | --- | --- | --- | --- | --- | --- |")
        print("\n".join(self.rows) + "\n")
        for text, agrees in self.verdicts:
            print(f"{text}: {'agree' if agrees else '**disagree**'}")
        if not all(agrees for _, agrees in self.verdicts):
            raise measure.BenchError("results disagree")


if __name__ == "__main__":
    try:
        CompositesBench(arguments()).run()
    except measure.BenchError as error:
        sys.exit(f"scripts/bench composites: {error}")
