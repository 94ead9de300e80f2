"""Measures classes, look-up and melt over ice beside their peers on the same pixels; see scripts/bench.

Apus runs whole: it reads nine compressed bands and writes files; what it spends in modules is told apart. The peers only
compute, from arrays in memory, and are compared with that. All have one thread, and processor time counts.
"""

import argparse
import json
import pathlib
import shutil
import sys

import measure
import tools
from tools import say

PACKAGES = ("numpy", "netCDF4", "rasterio", "scikit-learn", "skl2onnx", "onnxruntime")
BANDS = {"B02": "blue", "B03": "green", "B04": "red", "B05": "rededge1", "B06": "rededge2", "B07": "rededge3",
         "B8A": "nir08", "B11": "swir16", "B12": "swir22"}
TARGETS = {"scikit-learn": 5, "onnxruntime": 4, "numpy": 100}
MELT_TARGET = 2.0

TRAIN = """
import sys, numpy as np, rasterio
from sklearn.ensemble import RandomForestClassifier
from skl2onnx import to_onnx
scene, truth, model, pixels, *bands = sys.argv[1:]
layers = []
for band in bands:
    with rasterio.open(f"{scene}/{band}.tif") as file:
        layers.append(file.read(1).ravel())
stored = np.stack(layers, axis=1)
classes = rasterio.open(truth).read(1).ravel()
reflectance = (stored * 0.0001).astype(np.float32)
known = np.flatnonzero((classes > 0) & (classes < 255) & (stored > 0).all(axis=1))
chosen = np.random.default_rng(1).choice(known, 1263, replace=False)
# As many as published spectra; noise makes the classes overlap, as they do in those.
noisy = reflectance[chosen] * np.random.default_rng(2).normal(1, 0.05, (len(chosen), len(bands)))
forest = RandomForestClassifier(64, random_state=1).fit(noisy, classes[chosen])
open(model, "wb").write(to_onnx(forest, noisy[:1].astype(np.float32), options={"zipmap": False}).SerializeToString())
np.save(pixels, reflectance)
import pickle
pickle.dump(forest, open(model + ".pickle", "wb"))
print(sum(tree.tree_.node_count for tree in forest.estimators_) // 64, "nodes a tree")
"""

# The archive's table is small; between its entries lie those of a table as large as the published ones.
REFINE = """
import sys, itertools, numpy as np
source, target = sys.argv[1:]
lines = [line.strip().split(",") for line in open(source) if not line.startswith("#")]
entries = np.array(lines[1:], dtype=float)
axes = [np.unique(entries[:, axis]) for axis in range(3)]
grid = entries[np.lexsort(entries[:, 2::-1].T)][:, 3:].reshape(*map(len, axes), -1)
def finer(array, axis, count):
    old = np.arange(array.shape[axis])
    new = np.linspace(0, old[-1], count)
    return np.apply_along_axis(lambda column: np.interp(new, old, column), axis, array)
sizes = (12, 12, 8)
for axis, count in enumerate(sizes):
    grid = finer(grid, axis, count)
places = [np.interp(np.linspace(0, len(old) - 1, count), np.arange(len(old)), old) for old, count in zip(axes, sizes)]
with open(target, "w") as file:
    print(",".join(lines[0]), file=file)
    for place in itertools.product(*map(range, sizes)):
        values = [places[axis][index] for axis, index in enumerate(place)] + list(grid[place])
        print(",".join(repr(float(value)) for value in values), file=file)
"""

PREDICT = """
import sys, time, numpy as np
kind, model, pixels, output = sys.argv[1:]
pixels = np.load(pixels)
if kind == "onnxruntime":
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    def predict(part): return session.run(None, {session.get_inputs()[0].name: part})[0]
else:
    import pickle
    forest = pickle.load(open(model + ".pickle", "rb"))
    forest.n_jobs = 1
    predict = forest.predict
start = time.process_time()
labels = np.concatenate([predict(pixels[first:first + 100000]) for first in range(0, len(pixels), 100000)])
print(time.process_time() - start)
np.save(output, labels.astype(np.uint8))
"""

SEARCH = """
import sys, time, numpy as np
table, pixels, output, count, *bands = sys.argv[1:]
lines = [line for line in open(table) if not line.startswith("#")]
names = [name.strip().strip('"') for name in lines[0].split(",")]
entries = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
spectra = entries[:, [names.index(band) for band in bands]]
pixels = np.load(pixels)
whole = np.flatnonzero((pixels > 0).all(axis=1))
chosen = whole[np.linspace(0, len(whole) - 1, int(count)).astype(int)]
start = time.process_time()
distances = [np.abs(spectra - pixels[pixel].astype(float)).mean(axis=1).min() for pixel in chosen]
print((time.process_time() - start) / len(chosen))
np.save(output, np.stack([chosen, distances]))
"""

COMPARE = """
import sys, numpy as np, netCDF4
folder, labels, found = sys.argv[1:]
import glob
def layer(name):
    with netCDF4.Dataset(glob.glob(f"{folder}/*/ice/{name}/*.nc")[0]) as file:
        return np.ma.filled(np.squeeze(file[name][:]).astype(float), np.nan).ravel()
own = layer("surface_class")
theirs = np.load(labels)
known = ~np.isnan(own)
print(int(known.sum()), int((own[known] != theirs[known]).sum()))
chosen, distances = np.load(found)
print(float(np.nanmax(np.abs(layer("distance")[chosen.astype(int)] - distances))))
"""


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench ice", description="Measures classes, look-up and melt over ice beside their peers.")
    parser.add_argument("--side", type=int, default=2240, help="of the scene in pixels (default: 2240)")
    parser.add_argument("--work", type=pathlib.Path, default=tools.ROOT / "out" / "bench" / "ice")
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program (default: 3)")
    return parser.parse_args()


class IceBench:
    def __init__(self, chosen):
        self.chosen, self.work = chosen, chosen.work.resolve()
        self.apus = tools.apus(chosen.apus)
        self.python = tools.python("bench-ice", PACKAGES)
        self.rows = []

    def call(self, code, *words):
        return tools.call([self.python, "-c", code, *words], "a peer").split()

    def prepare(self):
        self.archive = self.work / "archive"
        if not (self.archive / "items.json").exists():
            say("making the archive")
            shutil.rmtree(self.archive, ignore_errors=True)
            side = f"{self.chosen.side}x{self.chosen.side}"
            tools.call([self.apus, "simulate", self.archive, "--ice", "--dates", "1", "--size", side, "--quiet"],
                       "apus simulate")
        self.scene = next(path for path in sorted(self.archive.iterdir()) if path.name.startswith("S2_"))
        date = self.scene.name.split("_")[-1]
        self.model, self.pixels = self.work / "forest.onnx", self.work / "pixels.npy"
        say("training the forest")
        nodes = self.call(TRAIN, self.scene, self.archive / "truth" / f"{date}_class.tif", self.model,
                          self.pixels, *BANDS)
        say(" ".join(nodes))
        self.results = self.work / "results"
        shutil.rmtree(self.results, ignore_errors=True)

    def config(self, name, modules):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        document = json.loads((self.archive / "ice.json").read_text())
        download = document["sequences"][0]["modules"][0]
        download["source"] = str(self.archive / "items.json")
        layers = [
            {**module, "file": str(self.archive / module["file"])}
            for module in document["sequences"][0]["modules"] if module["module"] == "layer"]
        document["sequences"] = [{"name": "ice", "modules": [download, *modules(layers)]},
                                 {"name": "summary", "depends_on": ["ice"], "modules": [{"module": "summary"}]}]
        document["output"] = {"location": str(self.results / name)}
        document["resources"] = {"memory": "256MiB", "threads": 1}
        path = self.work / f"{name}.json"
        path.write_text(json.dumps(document, indent=2))
        return path

    def job(self, name, modules):
        """Seconds of a whole run, of its modules, both the best of several, and its peak."""
        path = self.config(name, modules)
        runs, computing = [], []
        for _ in range(self.chosen.runs):
            shutil.rmtree(self.results / name, ignore_errors=True)
            runs.append(measure.run([self.apus, "run", path, "--quiet"], self.work / f"{name}.log"))
            summary = next((self.results / name).rglob("summary.json"))
            computing.append(json.loads(summary.read_text())["run"]["worker_seconds"]["compute"])
        return min(run.cpu for run in runs), min(computing), max(run.peak for run in runs)

    def row(self, title, job, name, theirs, target):
        cpu, computing, peak = job
        count = self.chosen.side ** 2 / 1e6
        ratio = theirs * count / computing
        verdict = "reached" if ratio >= target else "not reached"
        self.rows.append(
            f"| {title} | {cpu / count:.3f} µs | {computing / count:.3f} µs | {peak / 2**20:.0f} MiB | {name} {theirs:.3f} µs | "
            f"{ratio:.1f}× | {target}× | {verdict} |")

    def run(self):
        self.prepare()
        count = self.chosen.side ** 2
        bands = list(BANDS.values())
        classify = {"module": "classify", "model": str(self.model), "bands": bands, "as": "surface_class", "save": True}
        job = self.job("classes", lambda layers: [classify])
        for name in ("onnxruntime", "scikit-learn"):
            seconds = min(
                float(self.call(PREDICT, name, self.model, self.pixels, self.work / f"{name}.npy")[-1])
                for _ in range(self.chosen.runs))
            self.row("classes, 64 trees", job, name, seconds * 1e6 / count, TARGETS[name])
        table = self.work / "spectra.csv"
        self.call(REFINE, self.archive / "ice" / "spectra.csv", table)
        lookup = {"module": "lookup", "table": str(table), "bands": BANDS, "save": True}
        job = self.job("lookup", lambda layers: [lookup])
        seconds = float(self.call(SEARCH, table, self.pixels, self.work / "found.npy", "20000", *BANDS)[-1])
        entries = sum(1 for line in open(table) if not line.startswith("#")) - 1
        self.row(f"look-up, {entries} entries", job, "numpy", seconds * 1e6, TARGETS["numpy"])
        melt = {"module": "energy_balance", "weather": str(self.archive / "ice" / "weather.csv"),
                "site": {"elevation": 1020}, "elevation": "dem", "slope": "slope", "aspect": "aspect", "as": "melt",
                "save": True}
        albedo = {"module": "albedo", "formula": "liang_2001", "bands": {"nir": "nir08"}}
        cpu, computing, peak = self.job(
            "melt", lambda layers: [*[layer for layer in layers if layer["as"] != "ice_mask"], albedo, melt])
        seconds = computing * 1e6 / count
        verdict = "reached" if seconds <= MELT_TARGET else "not reached"
        self.rows.append(
            f"| melt of 24 hours with elevation | {cpu * 1e6 / count:.3f} µs | {seconds:.3f} µs | {peak / 2**20:.0f} MiB | | | "
            f"{MELT_TARGET} µs | {verdict} |")
        known, differ, distance = self.call(
            COMPARE, self.results, self.work / "scikit-learn.npy", self.work / "found.npy")
        print(f"{count} pixels, one thread, processor time a pixel; ratios are those of the modules\n")
        print("| | whole run | in modules | peak | peer | ratio | target | |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
        print("\n".join(self.rows))
        print(f"\n{differ} of {known} classes differ from scikit-learn's; distances differ by {float(distance):.1e} at most")
        if differ != "0" or not float(distance) < 1e-6:
            raise measure.BenchError("results disagree")


if __name__ == "__main__":
    try:
        IceBench(arguments()).run()
    except measure.BenchError as error:
        sys.exit(f"scripts/bench ice: {error}")
