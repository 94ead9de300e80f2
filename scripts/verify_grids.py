"""Compares what Apus resamples with odc-stac and gdalwarp, method by method.

Scenes of a simulated archive, every other one brought into the neighbouring UTM zone first, and any catalogue named
with --items are laid on grids that are not their own. Prints how many pixels differ and by how much.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import netCDF4
import numpy as np
import odc.stac
import pystac
import rasterio
from odc.geo.geobox import GeoBox

METHODS = ["nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode", "min", "max", "med", "q1",
           "q3", "rms"]
GDAL = {"nearest": "near", "cubic_spline": "cubicspline", "q1": "Q1", "q3": "Q3"}


def reproject(folder, items):
    """Every other scene into zone 18."""
    for item in items["features"][1::2]:
        for key, asset in item["assets"].items():
            source = pathlib.Path(asset["href"])
            source = source if source.is_absolute() else folder / source
            if source.suffix != ".tif":
                continue
            target = source.with_name(source.stem + "_zone18.tif")
            subprocess.run(["gdalwarp", "-q", "-overwrite", "-et", "0", "-t_srs", "EPSG:32718", "-tr", "30", "30",
                            "-tap", "-co", "TILED=YES", "-co", "COMPRESS=DEFLATE", source, target], check=True)
            asset["href"] = str(target)
            with rasterio.open(target) as file:
                place = {"proj:shape": list(file.shape), "proj:transform": list(file.transform)[:6]}
            for name in list(asset):
                if name.startswith("proj:"):
                    del asset[name]
            asset.update(place)
        for name in list(item["properties"]):
            if name.startswith("proj:"):
                del item["properties"][name]
        item["properties"].update({"proj:epsg": 32718, "proj:code": "EPSG:32718"} | place)
    for item in items["features"]:
        for asset in item["assets"].values():
            if not pathlib.Path(asset["href"]).is_absolute():
                asset["href"] = str(folder / asset["href"])


def run_apus(apus, folder, items, area, band, method):
    config = {
        "pipeline": "v", "area": area, "resources": {"memory": "1GiB"},
        "sequences": [{"name": "s", "modules": [
            {"module": "download", "source": str(items), "bands": [band], "scale": "none", "save": True,
             "group_by": "time", "resampling": method}]}],
    }
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    output = folder / f"out-{method}"
    start = time.time()
    result = subprocess.run([apus, "run", path, "--output", output, "--fresh", "--quiet"], capture_output=True,
                            text=True)
    if result.returncode:
        sys.exit(result.stderr)
    values, names = {}, {}
    grid = None
    for file in sorted((output / "s" / band).glob("*.nc")):
        with netCDF4.Dataset(file) as data:
            data.set_auto_maskandscale(False)
            layer = data[band]
            values[file.stem] = np.squeeze(layer[...]).astype("f8")
            mapping = data[layer.grid_mapping]
            grid = (mapping.crs_wkt, [float(x) for x in mapping.GeoTransform.split()], values[file.stem].shape)
    return values, grid, time.time() - start


def compare(ours, theirs):
    a, b = ours, theirs
    valid = ~np.isnan(a) | ~np.isnan(b)
    validity = (np.isnan(a) != np.isnan(b)) & valid
    both = ~np.isnan(a) & ~np.isnan(b)
    differ = both & (a != b)
    size = np.abs(a - b)[differ]
    return np.array([valid.sum(), validity.sum(), differ.sum()]), size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--apus", required=True)
    parser.add_argument("--items", help="a catalogue instead of the simulated one")
    parser.add_argument("--band", default="red")
    parser.add_argument("--area", help="the area, as JSON")
    parser.add_argument("--size", default="900x700")
    parser.add_argument("--dates", default="4")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--scale", type=float, help="tell gdalwarp the scale instead of letting it find one")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="apus-grids-"))
    if arguments.items:
        source = pathlib.Path(arguments.items).resolve()
        items = json.loads(source.read_text())
        for item in items["features"]:
            for asset in item["assets"].values():
                if "://" not in asset["href"]:
                    asset["href"] = str((source.parent / asset["href"]).resolve())
    else:
        archive = folder / "archive"
        subprocess.run([arguments.apus, "simulate", archive, "--dates", arguments.dates, "--size", arguments.size,
                        "--bands", f"{arguments.band},qa_pixel", "--quiet"], check=True)
        items = json.loads((archive / "items.json").read_text())
        reproject(archive, items)
    catalogue = folder / "items.json"
    catalogue.write_text(json.dumps(items))
    stac = [pystac.Item.from_dict(item) for item in items["features"] if arguments.band in item["assets"]]
    area = json.loads(arguments.area) if arguments.area else {
        "bbox": [299715, 6083000, 327000, 6104115], "bbox_crs": "EPSG:32719", "crs": "EPSG:32719", "resolution": 45}
    scale = [] if arguments.scale is None else [
        "-wo", f"XSCALE={arguments.scale}", "-wo", f"YSCALE={arguments.scale}"]
    print(f"| method | pixels | validity differs (odc) | values differ (odc) | median, 99 %, max | values differ "
          f"(gdalwarp -et 0) | max |\n|---|---|---|---|---|---|---|")
    for method in arguments.methods.split(","):
        ours, (wkt, transform, shape), seconds = run_apus(
            arguments.apus, folder, catalogue, area, arguments.band, method)
        box = GeoBox(shape, rasterio.Affine.from_gdal(*transform), wkt)
        counts, sizes = np.zeros(3, int), []
        warp_counts, warp_sizes = np.zeros(3, int), []
        for label, values in ours.items():
            names = [i for i in stac if label[:10] == i.datetime.strftime("%Y-%m-%d")]
            if len(names) != 1:
                continue
            loaded = odc.stac.load(names, bands=[arguments.band], geobox=box, resampling=method, dtype=None)
            theirs = loaded[arguments.band]
            nodata = theirs.attrs.get("nodata", np.nan)
            theirs = theirs.values[0].astype("f8")
            theirs[theirs == nodata] = np.nan
            count, size = compare(values, theirs)
            counts += count
            sizes.append(size)
            target = folder / "warp.tif"
            left, bottom, right, top = box.boundingbox.bbox
            (folder / "wkt").write_text(wkt)
            subprocess.run(
                ["gdalwarp", "-q", "-overwrite", "-et", "0", "-ovr", "NONE", "-r", GDAL.get(method, method),
                 "-t_srs", folder / "wkt", "-te", *map(repr, (left, bottom, right, top)), "-ts", str(shape[1]),
                 str(shape[0]), "-wo", "UNIFIED_SRC_NODATA=YES", *scale, names[0].assets[arguments.band].href, target],
                check=True)
            with rasterio.open(target) as file:
                warped = file.read(1).astype("f8")
                if file.nodata is not None:
                    warped[warped == file.nodata] = np.nan
            count, size = compare(values, warped)
            warp_counts += count
            warp_sizes.append(size)
        size = np.concatenate(sizes) if sizes else np.zeros(0)
        warp = np.concatenate(warp_sizes) if warp_sizes else np.zeros(0)
        quantiles = ", ".join(f"{x:g}" for x in np.quantile(size, [0.5, 0.99, 1])) if size.size else "–"
        total = max(1, counts[0])
        print(f"| {method} | {counts[0]} | {counts[1]} ({counts[1] / total:.3%}) | {counts[2]} ({counts[2] / total:.2%}) "
              f"| {quantiles} | {warp_counts[2]} ({warp_counts[2] / total:.2%}), validity {warp_counts[1]} | "
              f"{warp.max() if warp.size else 0:g} |", flush=True)


if __name__ == "__main__":
    main()
