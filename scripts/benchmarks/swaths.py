"""Measures sixteen granules with their own longitude and latitude on one grid, and their mean, beside pyresample and rasterio.

All read the same files: 1710 lines of 1272 pixels, as PACE's imager has them. rasterio is called as NASA's notebooks call it
(through rioxarray: `src_geoloc_array`), one granule after another, and once more as they do for many, by dask on two processes;
pyresample takes the nearest pixel of a k-d tree within 5 km. Processor and wall time are those of whole programs, and beside
them those of the job alone, once its libraries are loaded; Apus is always measured whole. The ratios are of the job. For each
program it is told what share of the cells has the right pixel: the one that a k-d tree finds nearest, on the first granule.
"""

import argparse
import json
import pathlib
import shutil
import sys

import measure
import tools
from tools import say

PACKAGES = ("numpy", "scipy", "netCDF4", "rasterio", "rioxarray", "xarray", "pyresample", "dask", "distributed")
WEST, SOUTH, EAST, NORTH, WIDTH, HEIGHT = -77, 36, -73, 41, 237, 296
TARGETS = {"rasterio, dask": 15, "pyresample": 2}
PEAK = 256

COMMON = f"""
import sys, glob, numpy as np, netCDF4
paths = sorted(glob.glob(sys.argv[1] + "/*.nc"))
west, south, east, north, width, height = {WEST}, {SOUTH}, {EAST}, {NORTH}, {WIDTH}, {HEIGHT}
def read(path, name):
    with netCDF4.Dataset(path) as file:
        return [np.ma.filled(file[n][:].astype("float64"), np.nan)
                for n in ("navigation_data/longitude", "navigation_data/latitude", "geophysical_data/" + name)]
"""

PEERS = {
    "rasterio": COMMON + """
import rioxarray, xarray
from rasterio.crs import CRS
from rasterio.transform import from_bounds
def place(path, name):
    tree = xarray.open_datatree(path)
    layer = tree["geophysical_data"][name].astype("float64")
    layer = layer.rio.set_spatial_dims("pixels_per_line", "number_of_lines").rio.write_crs(CRS.from_epsg(4326))
    navigation = tree["navigation_data"]
    return layer.rio.reproject(
        CRS.from_epsg(4326), shape=(height, width), transform=from_bounds(west, south, east, north, width, height),
        src_geoloc_array=(navigation["longitude"], navigation["latitude"]), nodata=np.nan)
""",
    "pyresample": COMMON + """
from pyresample import geometry, kd_tree
area = geometry.AreaDefinition("a", "a", "a", "EPSG:4326", width, height, (west, south, east, north))
def place(path, name):
    longitudes, latitudes, values = read(path, name)
    swath = geometry.SwathDefinition(lons=longitudes, lats=latitudes)
    return kd_tree.resample_nearest(swath, values, area, radius_of_influence=5000, fill_value=np.nan)
""",
}

# The notebook's job: each granule in one of two processes, then stacked.
PEERS["rasterio, dask"] = PEERS["rasterio"]
DASK = """
    from dask.distributed import Client
    client = Client(n_workers=2, threads_per_worker=1, memory_limit=0)
    layers = client.gather(client.map(place, paths, name="chlor_a"))
    client.close()
    mean = xarray.combine_nested(list(layers), concat_dim="time").mean("time").values
"""
ONE_BY_ONE = """
    mean = np.nanmean([np.asarray(place(path, "chlor_a")) for path in paths], axis=0)
"""

# Files are in memory by then, and libraries loaded: what is timed is the job.
MEAN = """
import resource, time, warnings
def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)
def job():
    warnings.simplefilter("ignore")
JOB
    return np.nanmean(mean)
if __name__ == "__main__":
    for path in paths:
        with open(path, "rb") as file:
            file.read()
    start, before = time.perf_counter(), used()
    value = job()
    print(value, time.perf_counter() - start, used() - before)
"""

PIXELS = """
np.save(sys.argv[2], np.asarray(place(paths[0], "pixel_id")))
"""

# The grid as a file: a resolution that is rounded would make a column more.
TEMPLATE = COMMON + """
import rasterio
from rasterio.transform import from_bounds
with rasterio.open(sys.argv[2], "w", driver="GTiff", width=width, height=height, count=1, dtype="uint8", crs="EPSG:4326",
                   transform=from_bounds(west, south, east, north, width, height)):
    pass
"""

RIGHT = COMMON + """
from scipy.spatial import cKDTree
longitudes, latitudes, pixels = read(paths[0], "pixel_id")
def vectors(lon, lat):
    lon, lat = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)
x, y = np.meshgrid(west + (np.arange(width) + 0.5) * (east - west) / width,
                   north - (np.arange(height) + 0.5) * (north - south) / height)
points = vectors(longitudes, latitudes).reshape(-1, 3)
targets = vectors(x, y).reshape(-1, 3)
_, nearest = cKDTree(points).query(targets)
right = pixels.ravel()[nearest]
where = {int(number): place for place, number in enumerate(pixels.ravel())}
for path in sys.argv[2:]:
    if path.endswith(".nc"):
        with netCDF4.Dataset(path) as file:
            found = np.ma.filled(file["pixel_id"][:].astype("float64"), np.nan).ravel()
    else:
        found = np.load(path).ravel()
    known = np.isfinite(found)
    chosen = points[[where[int(number)] for number in found[known]]]
    metres = 2 * 6371007.181 * np.arcsin(np.linalg.norm(chosen - targets[known], axis=1) / 2)
    print(f"{(found == right)[known].mean():.6f} {metres.mean():.0f} {known.sum()}")
"""


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench swaths", description="Measures granules on a grid beside pyresample and rasterio.")
    parser.add_argument("--granules", type=int, default=16)
    parser.add_argument("--size", default="1272x1710", help="pixels and lines of a granule (default: 1272x1710)")
    parser.add_argument("--work", type=pathlib.Path, default=tools.ROOT / "out" / "bench" / "swaths")
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program (default: 3)")
    return parser.parse_args()


def run(chosen):
    apus, work = tools.apus(chosen.apus), chosen.work.resolve()
    python = tools.python("bench-swaths", PACKAGES)
    archive = work / f"archive-{chosen.granules}-{chosen.size}"
    granules = archive / "granules"
    if not (archive / "swaths.json").exists():
        say("making granules")
        shutil.rmtree(archive, ignore_errors=True)
        tools.call([apus, "simulate", archive, "--swaths", "--dates", chosen.granules, "--size", chosen.size],
                   "apus simulate")

    template = work / "template.tif"
    tools.call([python, "-c", TEMPLATE, granules, template], "making the grid")

    def config(name, source, band, *modules):
        path = work / f"{name}.json"
        path.write_text(json.dumps({
            "pipeline": name,
            "area": {"like": str(template)},
            "output": {"location": str(work / name)}, "resources": {"memory": f"{PEAK}MiB", "threads": 2},
            "sequences": [{"name": "ocean", "modules": [
                {"module": "download", "source": str(source), "bands": [band], "group_by": "time", "save": not modules,
                 "regrid": "nearest"}, *modules]}]}))
        return path

    def own(path, name):
        shutil.rmtree(work / name, ignore_errors=True)
        return measure.run([apus, "run", path, "--quiet"], work / f"{name}.log")

    mean = config("mean", granules / "*.nc", "chlor_a", {"module": "composite", "of": "chlor_a", "statistic": "mean",
                                                        "period": "all", "as": "mean"})
    results = {"Apus": [own(mean, "mean") for _ in range(chosen.runs)]}
    jobs = {"Apus": [(run.wall, run.cpu) for run in results["Apus"]]}
    first = sorted(granules.glob("*.nc"))[0]
    own(config("pixels", first, "pixel_id"), "pixels")
    found = {"Apus": next((work / "pixels").rglob("pixel_id/*.nc"))}
    values = {}
    with_apus = COMMON + "print(np.nanmean(np.ma.filled(netCDF4.Dataset(sys.argv[2])['mean'][:].astype(float), np.nan)))"
    values["Apus"] = float(tools.call(
        [python, "-c", with_apus, granules, next((work / "mean").rglob("mean.nc"))], "reading").split()[-1])
    for name, code in PEERS.items():
        say(name)
        base = work / f"job-{name.replace(', ', '-')}"
        # In a file: dask's processes import it.
        script = base.with_suffix(".py")
        script.write_text(code + MEAN.replace("JOB", (DASK if "dask" in name else ONE_BY_ONE).strip("\n")))
        log = base.with_suffix(".log")
        results[name], jobs[name] = [], []
        for _ in range(chosen.runs):
            results[name].append(measure.run([python, script, granules], log))
            values[name], wall, cpu = (float(word) for word in log.read_text().split()[-3:])
            jobs[name].append((wall, cpu))
        found[name] = base.with_suffix(".npy")
        tools.call([python, "-c", code + PIXELS, granules, found[name]], name)
    shares = tools.call([python, "-c", RIGHT, granules, *found.values()], "comparing").splitlines()
    print(f"{chosen.granules} granules of {chosen.size} pixels onto {WIDTH} x {HEIGHT} cells, nearest pixel, mean over them\n")
    print("| | processor time | wall time | peak | job: processor | job: wall | mean | right pixel | distance | ratio of the job | |")
    print("| --- " * 11 + "|")
    fastest, least = (min(job[place] for job in jobs["Apus"]) for place in (0, 1))
    for (name, runs), share in zip(results.items(), shares):
        cpu, wall, peak = min(run.cpu for run in runs), min(run.wall for run in runs), max(run.peak for run in runs)
        job_wall, job_cpu = (min(job[place] for job in jobs[name]) for place in (0, 1))
        right, metres, _ = share.split()
        verdict = ""
        if name in TARGETS:
            verdict = f"target {TARGETS[name]}× wall: {'reached' if job_wall / fastest >= TARGETS[name] else 'not reached'}"
        print(f"| {name} | {cpu:.2f} s | {wall:.2f} s | {peak / 2**20:.0f} MiB | {job_cpu:.2f} s | {job_wall:.2f} s | "
              f"{values[name]:.6f} | {float(right):.2%} | {metres} m | {job_cpu / least:.1f}× cpu, {job_wall / fastest:.1f}× wall "
              f"| {verdict} |")
    if float(shares[0].split()[0]) < 0.9999:
        raise measure.BenchError("Apus takes other pixels than the nearest ones")
    if abs(values["Apus"] / values["pyresample"] - 1) > 0.01:
        raise measure.BenchError(f"the means disagree: {values}")


if __name__ == "__main__":
    try:
        run(arguments())
    except measure.BenchError as error:
        sys.exit(f"scripts/bench swaths: {error}")
