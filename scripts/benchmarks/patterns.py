"""Measures network centrality of vegetation patterns beside pyveg's method on the same pictures; see scripts/bench.

pyveg (MIT) is on no package index, so its method is written out here as it has it: a dense adjacency matrix, numpy's
eigen-decomposition, and a loop over edges for each element of the feature vector. An element that ends among pixels whose
centrality differs by rounding alone is not compared: there its value is that of the rounding.
"""

import argparse
import csv
import json
import pathlib
import shutil
import sys

import measure
import tools
from tools import say

PACKAGES = ("numpy", "scipy", "Pillow")
TARGET, TARGET_SECONDS = 300, 2.5

METHOD = """
import json, sys, time, numpy as np
from PIL import Image
from scipy.spatial import distance
def vector(image):
    coords = [tuple(place) for place in np.argwhere(image >= 255)]
    square = distance.squareform(distance.pdist(coords))
    matrix = np.zeros(square.shape)
    for one, other in zip(*np.where(square == 1)):
        matrix[one][other] = 1
    edges = [(int(one), int(other)) for one, other in zip(*np.where(matrix > 0))]
    values, vectors = np.linalg.eigh(matrix)
    centrality = np.dot(vectors * vectors, np.exp(values))
    order = np.argsort(-centrality, kind="stable")
    ordered = centrality[order]
    feature = [0.0]
    for step in range(1, 20):
        chosen = order[:round(5 * step * len(coords) / 100)]
        inside = set(chosen.tolist())
        count = 0
        for one, other in edges:
            if one in inside and other in inside:
                count += 1
        end = len(chosen)
        is_open = ordered[end - 1] - ordered[end] < 1e-12 * ordered[end]
        feature.append(None if is_open else end - count / 2)
    return feature
result = []
for path in sys.argv[1:]:
    image = np.asarray(Image.open(path))
    start = time.process_time()
    found = vector(image)
    result.append([time.process_time() - start, found])
print(json.dumps(result))
"""


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench patterns", description="Measures network centrality beside pyveg's method.")
    parser.add_argument("--work", type=pathlib.Path, default=tools.ROOT / "out" / "bench" / "patterns")
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--runs", type=int, default=3, help="runs of Apus (default: 3)")
    parser.add_argument("--pictures", type=int, default=5, help="sub-images for the peer (default: 5)")
    return parser.parse_args()


def run(chosen):
    apus, work = tools.apus(chosen.apus), chosen.work.resolve()
    python = tools.python("bench-patterns", PACKAGES)
    archive = work / "archive"
    if not (archive / "items.json").exists():
        say("making the archive")
        shutil.rmtree(archive, ignore_errors=True)
        tools.call([apus, "simulate", archive, "--dates", "1", "--size", "891x891", "--bands",
                    "red,green,blue,nir08,qa_pixel", "--pattern", "labyrinths", "--coverage", "whole", "--truth",
                    "none", "--quiet"], "apus simulate")

    def job(name, *modules, sub_images=False):
        config = work / f"{name}.json"
        config.write_text(json.dumps({
            "pipeline": name, "area": "native", "dates": {"start": "2021-01-01", "end": "2021-12-31"},
            "output": {"location": str(work / name)}, "resources": {"memory": "256MiB", "threads": 1},
            "sequences": [{"name": "landsat", "modules": [
                {"module": "download", "source": str(archive / "items.json"), "collection": "landsat-c2-l2"},
                {"module": "ndvi"}, {"module": "vegetation_image", "sub_images": sub_images, "black_limit": 0.2},
                *modules]}]}))
        shutil.rmtree(work / name, ignore_errors=True)
        return measure.run([apus, "run", config, "--quiet"], work / f"{name}.log")

    # The whole run: reading, pictures, and tables of 289 sub-images.
    runs = [job("centrality", {"module": "network_centrality"}) for _ in range(chosen.runs)]
    cpu, peak = min(run.cpu for run in runs), max(run.peak for run in runs)
    rows = list(csv.DictReader(open(work / "centrality" / "landsat" / "network_centrality.csv")))
    job("pictures", sub_images=True)
    pictures = {path.name.split("_")[0]: path for path in (work / "pictures").rglob("sub*_BWNDVI.png")}
    known = [row for row in rows if row["offset50"] and row["id"] in pictures]
    if len(known) < chosen.pictures:
        raise measure.BenchError(f"{len(known)} sub-images have numbers and pictures")
    chosen_rows = known[:: len(known) // chosen.pictures][: chosen.pictures]
    say(f"the peer's {len(chosen_rows)} sub-images")
    answers = json.loads(tools.call(
        [python, "-c", METHOD, *(pictures[row["id"]] for row in chosen_rows)], "the peer").splitlines()[-1])
    differ = compared = 0
    for row, (_, vector) in zip(chosen_rows, answers):
        for index, value in enumerate(vector):
            compared += value is not None
            differ += value is not None and float(row[f"feature_{index:02d}"]) != value
    theirs = sum(seconds for seconds, _ in answers) / len(answers)
    own = cpu / len(rows)
    print(f"{len(rows)} sub-images of 50 x 50 pixels, one thread, processor time; Apus' is that of the whole run\n")
    print("| | a sub-image | all | peak |\n| --- | --- | --- | --- |")
    print(f"| Apus | {own * 1e3:.2f} ms | {cpu:.2f} s | {peak / 2**20:.0f} MiB |")
    print(f"| pyveg's method in numpy | {theirs:.2f} s | | |\n")
    print(f"{theirs / own:.0f}× (target {TARGET}×), all in {cpu:.2f} s (target {TARGET_SECONDS} s); "
          f"{differ} of {compared} elements differ")
    if differ:
        raise measure.BenchError("results disagree")


if __name__ == "__main__":
    try:
        run(arguments())
    except measure.BenchError as error:
        sys.exit(f"scripts/bench patterns: {error}")
