"""Measures sixteen granules with their own longitude and latitude on one grid, and their mean, beside pyresample and rasterio.

All read the same files: 1710 lines of 1272 pixels, as PACE's imager has them. rasterio is called as NASA's notebooks call it
(through rioxarray: `src_geoloc_array`); pyresample takes the nearest pixel of a k-d tree within 5 km. Processor time counts,
and beside it the wall time with two threads. For each program it is told what share of the cells has the right pixel: the one
that a k-d tree finds nearest, on the first granule.
"""

import argparse
import json
import pathlib
import shutil
import sys

import measure
import tools
from tools import say

PACKAGES = ("numpy", "scipy", "netCDF4", "rasterio", "rioxarray", "xarray", "pyresample")
WEST, SOUTH, EAST, NORTH, WIDTH, HEIGHT = -77, 36, -73, 41, 237, 296
TARGETS = {"rasterio": 15, "pyresample": 2}
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
        src_geoloc_array=(navigation["longitude"], navigation["latitude"]), nodata=np.nan).values
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

MEAN = """
with np.errstate(all="ignore"):
    import warnings
    warnings.simplefilter("ignore")
    print(np.nanmean(np.nanmean([place(path, "chlor_a") for path in paths], axis=0)))
"""

PIXELS = """
np.save(sys.argv[2], place(paths[0], "pixel_id"))
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
    first = sorted(granules.glob("*.nc"))[0]
    own(config("pixels", first, "pixel_id"), "pixels")
    found = {"Apus": next((work / "pixels").rglob("pixel_id/*.nc"))}
    values = {}
    with_apus = COMMON + "print(np.nanmean(np.ma.filled(netCDF4.Dataset(sys.argv[2])['mean'][:].astype(float), np.nan)))"
    values["Apus"] = float(tools.call(
        [python, "-c", with_apus, granules, next((work / "mean").rglob("mean.nc"))], "reading").split()[-1])
    for name, code in PEERS.items():
        say(name)
        log = work / f"{name}.log"
        results[name] = [measure.run([python, "-c", code + MEAN, granules], log) for _ in range(chosen.runs)]
        values[name] = float(log.read_text().split()[-1])
        found[name] = work / f"{name}.npy"
        tools.call([python, "-c", code + PIXELS, granules, found[name]], name)
    shares = tools.call([python, "-c", RIGHT, granules, *found.values()], "comparing").splitlines()
    print(f"{chosen.granules} granules of {chosen.size} pixels onto {WIDTH} x {HEIGHT} cells, nearest pixel, mean over them\n")
    print("| | processor time | wall time | peak | mean | right pixel | distance | ratio | |\n" + "| --- " * 9 + "|")
    best = min(run.cpu for run in results["Apus"])
    fastest = min(run.wall for run in results["Apus"])
    for (name, runs), share in zip(results.items(), shares):
        cpu, wall, peak = min(run.cpu for run in runs), min(run.wall for run in runs), max(run.peak for run in runs)
        right, metres, _ = share.split()
        verdict = ""
        if name in TARGETS:
            verdict = f"target {TARGETS[name]}×: {'reached' if wall / fastest >= TARGETS[name] else 'not reached'}"
        print(f"| {name} | {cpu:.2f} s | {wall:.2f} s | {peak / 2**20:.0f} MiB | {values[name]:.6f} | {float(right):.2%} | "
              f"{metres} m | {cpu / best:.1f}× cpu, {wall / fastest:.1f}× wall | {verdict} |")
    if float(shares[0].split()[0]) < 0.9999:
        raise measure.BenchError("Apus takes other pixels than the nearest ones")
    if abs(values["Apus"] / values["pyresample"] - 1) > 0.01:
        raise measure.BenchError(f"the means disagree: {values}")


if __name__ == "__main__":
    try:
        run(arguments())
    except measure.BenchError as error:
        sys.exit(f"scripts/bench swaths: {error}")
