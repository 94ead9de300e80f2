"""Checks Apus against numpy and xarray: called by scripts/verify, which installs what this imports.

The reference reads the simulated archive's GeoTIFFs with rasterio, puts the scenes of a day together (first valid
pixel per band, in order of time), and computes in double precision. Nothing of Apus is used for it.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
import warnings

import jsonschema
import netCDF4
import numpy as np
import rasterio
import referencing.jsonschema
import rioxarray
import xarray as xr
from compliance_checker.runner import CheckSuite, ComplianceChecker
from pystac.validation.local_validator import get_local_schema_cache
from stac_pydantic import Catalog, Collection, Item

BANDS = ["red", "blue", "nir08", "swir16", "swir22"]
REJECTED = 1 << 0 | 1 << 3 | 1 << 4 | 1 << 7  # fill, cloud, cloud shadow, water
REJECT = ["fill", "cloud", "cloud_shadow", "water"]
LIANG_2001 = {"blue": 0.356, "red": 0.130, "nir08": 0.373, "swir16": 0.085, "swir22": 0.072}
SHAPES = ["disk", "square", "diamond"]
RADIUS = 3
# The range that percentiles resolve in 4096 steps.
RANGES = {"ndvi": (-1, 1), "albedo": (-0.2, 1.6), "cloud_mask": (0, 1), "count": (0, 4096)}
RUNS = [(threads, chunk) for chunk in ("auto", 128, [384, 200]) for threads in (1, 2, 4)]

warnings.filterwarnings("ignore")


class Table:
    """What was checked, how far it is off and how far it may be."""

    def __init__(self):
        self.rows = []

    def add(self, what, compared, worst, limit, note=""):
        good = worst <= limit
        self.rows.append((what, f"{compared:,}", format_number(worst), format_number(limit), good, note))

    def show(self):
        titles = ("check", "compared", "worst", "limit", "")
        cells = [(a, b, c, d, "ok" if good else "DIFFERS") for a, b, c, d, good, _ in self.rows]
        widths = [max(len(row[i]) for row in [titles, *cells]) for i in range(5)]
        for row, note in zip([titles, *cells], ["", *(row[5] for row in self.rows)]):
            line = [row[0].ljust(widths[0])] + [row[i].rjust(widths[i]) for i in (1, 2, 3)]
            print("  ".join(line + [row[4]]).rstrip() + (f"  {note}" if note else ""))

    @property
    def is_good(self):
        return all(row[4] for row in self.rows)


def largest(*values):
    """The largest, and infinity where one is not a number: `max` would pass over it."""
    return float("inf") if any(value != value for value in values) else float(max(values))


def format_number(value):
    if value == float("inf"):
        return "not a number"
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.2e}"


# The reference


class Archive:
    """The scenes of the archive, day by day, on the union of their footprints."""

    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/items.json") as file:
            self.items = json.load(file)["features"]
        self.items.sort(key=lambda item: (item["properties"]["datetime"], item["id"]))
        sources = []
        for item in self.items:
            with rasterio.open(self.path(item, "red")) as source:
                sources.append((source.bounds, source.transform, source.crs))
        self.resolution = sources[0][1].a
        self.crs = sources[0][2]
        self.left = min(bounds.left for bounds, _, _ in sources)
        self.top = max(bounds.top for bounds, _, _ in sources)
        self.width = round((max(bounds.right for bounds, _, _ in sources) - self.left) / self.resolution)
        self.height = round((self.top - min(bounds.bottom for bounds, _, _ in sources)) / self.resolution)
        self.days = {}
        for item in self.items:
            self.days.setdefault(item["properties"]["datetime"][:10], []).append(item)

    def path(self, item, band):
        return os.path.join(self.folder, item["assets"][band]["href"])

    def read(self, day, band, nodata):
        fused = np.full((self.height, self.width), nodata, np.uint16)
        for item in self.days[day]:
            with rasterio.open(self.path(item, band)) as source:
                samples = source.read(1)
                row = round((self.top - source.bounds.top) / self.resolution)
                column = round((source.bounds.left - self.left) / self.resolution)
            part = fused[row : row + samples.shape[0], column : column + samples.shape[1]]
            part[:] = np.where(part == nodata, samples, part)
        return fused

    def compute(self, day):
        """NDVI, albedo and the quality layer of a day."""
        quality = self.read(day, "qa_pixel", 1)
        bad = quality & REJECTED != 0
        value = {}
        for band in BANDS:
            stored = self.read(day, band, 0)
            value[band] = np.where((stored == 0) | bad, np.nan, stored * 0.0000275 - 0.2)
        with np.errstate(all="ignore"):
            total = value["nir08"] + value["red"]
            ndvi = np.where(total == 0, np.nan, (value["nir08"] - value["red"]) / total)
        albedo = sum(weight * value[band] for band, weight in LIANG_2001.items()) - 0.0018
        return ndvi, albedo, quality


def dilate(mask, radius, shape):
    """Every pixel within `radius` of a true one; what lies beyond the grid is false."""
    grown = np.zeros_like(mask)
    height, width = mask.shape
    padded = np.pad(mask, radius)
    for row in range(-radius, radius + 1):
        for column in range(-radius, radius + 1):
            inside = {
                "disk": row * row + column * column <= radius * radius,
                "square": True,
                "diamond": abs(row) + abs(column) <= radius,
            }[shape]
            if inside:
                grown |= padded[radius + row : radius + row + height, radius + column : radius + column + width]
    return grown


def season_of_year(day):
    """ "2021-DJF"; December belongs to the winter of the year that follows."""
    year, month = int(day[:4]), int(day[5:7])
    return f"{year + (month == 12)}-{['DJF', 'MAM', 'JJA', 'SON'][month % 12 // 3]}"


# Running Apus


def config(archive, output, threads, chunk):
    download = {
        "module": "download",
        "source": os.path.abspath(f"{archive}/items.json"),
        "bands": [*BANDS, "qa_pixel"],
    }
    mask = {"module": "cloud_mask", "band": "qa_pixel", "reject": REJECT}
    sequences = [
        {
            "name": "landsat",
            "modules": [
                download,
                {**mask, "save": True},
                {"module": "ndvi", "save": True},
                {"module": "seasonal_mean", "of": "ndvi"},
                {"module": "seasonal_mean", "of": "ndvi", "convention": "season_year", "as": "ndvi_by_season"},
                {"module": "albedo", "formula": "liang_2001", "save": True},
            ],
        }
    ]
    for shape in SHAPES:
        grown = {**mask, "dilate": RADIUS, "dilate_shape": shape, "as": shape, "save": True}
        sequences.append({"name": shape, "modules": [{**download, "bands": ["qa_pixel"]}, grown]})
    return {
        "pipeline": "verify",
        "area": "native",
        "output": {"location": output, "formats": ["netcdf"]},
        "resources": {"threads": threads, "memory": "512MiB", "chunk": chunk},
        "sequences": sequences,
    }


def run(apus, work, archive, threads, chunk):
    name = f"{threads}-{'x'.join(map(str, chunk)) if isinstance(chunk, list) else chunk}"
    output = f"{work}/run-{name}"
    path = f"{work}/{name}.json"
    with open(path, "w") as file:
        json.dump(config(archive, os.path.abspath(output), threads, chunk), file)
    subprocess.run(
        [apus, "run", path, "--fresh", "--quiet", "--progress", "none"], check=True, stdout=subprocess.DEVNULL)
    return output


def files_below(output):
    return sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(output) for name in names if name.endswith(".nc"))


def checksums(output):
    """One checksum for the data variables and coordinates of all files, one for the summary's figures."""
    data = hashlib.sha256()
    for path in files_below(output):
        data.update(os.path.relpath(path, output).encode())
        with netCDF4.Dataset(path) as dataset:
            dataset.set_auto_maskandscale(False)
            for name, variable in sorted(dataset.variables.items()):
                data.update(name.encode() + str(variable.shape).encode() + str(variable.dtype).encode())
                data.update(np.ascontiguousarray(variable[...]).tobytes())
    with open(f"{output}/summary.json") as file:
        summary = json.load(file)
    figures = [[sequence["name"], sequence["cells"]["failed"], sequence["modules"]]
               for sequence in summary["sequences"]]
    figures.append(summary["time-series-data"])
    return data.hexdigest(), hashlib.sha256(json.dumps(figures).encode()).hexdigest()


# Comparing


class Comparison:
    """The largest difference and the number of pixels that are missing on one side only."""

    def __init__(self):
        self.pixels = self.missing = 0
        self.worst = 0.0

    def add(self, got, wanted):
        if got.shape != wanted.shape:
            raise SystemExit(f"verify: a result has the shape {got.shape}, the reference {wanted.shape}")
        got = got.astype("f8")
        self.pixels += got.size
        self.missing += int((np.isnan(got) != np.isnan(wanted)).sum())
        difference = np.abs(got - wanted)
        if not np.isnan(difference).all():
            self.worst = largest(self.worst, np.nanmax(difference))

    def report(self, table, name, limit=1e-6):
        table.add(f"{name}: largest difference", self.pixels, self.worst, limit)
        table.add(f"{name}: pixels missing on one side only", self.pixels, self.missing, 0)


def compare_values(table, archive, output):
    per_date = {"ndvi": Comparison(), "albedo": Comparison()}
    masks = {name: [0, 0] for name in ["cloud_mask", *SHAPES]}
    ndvi_of_days = []
    for day in sorted(archive.days):
        ndvi, albedo, quality = archive.compute(day)
        ndvi_of_days.append(ndvi)
        for name, wanted in (("ndvi", ndvi), ("albedo", albedo)):
            with xr.open_dataset(f"{output}/landsat/{name}/{day}.nc") as dataset:
                per_date[name].add(dataset[name].values[0], wanted)
        bad = quality & REJECTED != 0
        for name, counted in masks.items():
            grown = dilate(bad, RADIUS, name) if name in SHAPES else bad
            wanted = np.where(quality == 1, 255, grown).astype("u1")
            sequence = name if name in SHAPES else "landsat"
            with xr.open_dataset(f"{output}/{sequence}/{name}/{day}.nc", mask_and_scale=False) as dataset:
                counted[0] += wanted.size
                counted[1] += int((dataset[name].values[0] != wanted).sum())
    for name, comparison in per_date.items():
        comparison.report(table, f"{name} of each date")
    for name, (pixels, different) in masks.items():
        what = f"mask grown by {RADIUS} ({name})" if name in SHAPES else "cloud mask"
        table.add(f"{what}: pixels that differ", pixels, different, 0)

    days = sorted(archive.days)
    stack = xr.DataArray(
        np.stack(ndvi_of_days), dims=("time", "y", "x"), coords={"time": np.array(days, "M8[ns]")})
    compare_seasons(table, stack.groupby("time.season"), ["DJF", "MAM", "JJA", "SON"],
                    f"{output}/landsat/ndvi_seasonal_mean.nc", "ndvi_seasonal_mean", "seasonal mean")
    labels = [season_of_year(day) for day in days]
    every = [f"{year}-{season}" for year in range(int(labels[0][:4]), int(labels[-1][:4]) + 1)
             for season in ("DJF", "MAM", "JJA", "SON")]
    every = every[every.index(labels[0]) : every.index(labels[-1]) + 1]
    stack = stack.assign_coords(season=("time", labels))
    compare_seasons(table, stack.groupby("season"), every,
                    f"{output}/landsat/ndvi_by_season.nc", "ndvi_by_season", "mean by season and year")


def compare_seasons(table, groups, labels, path, name, title):
    means, counts = groups.mean("time", skipna=True), groups.count("time")
    comparison, differing, pixels = Comparison(), 0, 0
    with xr.open_dataset(path) as dataset:
        table.add(f"{title}: season labels in wrong order", len(labels), int(list(dataset.season.values) != labels), 0)
        for label in labels:
            got = dataset[name].sel(season=label).values
            count = dataset[name + "_count"].sel(season=label).values
            there = label in means.season.values
            comparison.add(got, means.sel(season=label).values if there else np.full(got.shape, np.nan))
            differing += int((count != (counts.sel(season=label).values if there else 0)).sum())
            pixels += count.size
    comparison.report(table, title)
    table.add(f"{title}: counts that differ", pixels, differing, 0)


def compare_place(table, archive, paths):
    """Coordinates, and what GDAL (through rasterio) and rioxarray take for the place of pixels."""
    worst = hidden = misread = 0
    random = np.random.default_rng(0)
    x = archive.left + (np.arange(archive.width) + 0.5) * archive.resolution
    y = archive.top - (np.arange(archive.height) + 0.5) * archive.resolution
    points = 0
    for path in paths:
        with netCDF4.Dataset(path) as dataset:
            worst = largest(worst, np.abs(dataset["x"][:] - x).max(), np.abs(dataset["y"][:] - y).max())
            names = [name for name, variable in dataset.variables.items() if variable.dimensions[-2:] == ("y", "x")]
            for name in names:
                masked = dataset[name][...]
                dataset.set_auto_mask(False)
                raw = dataset[name][...]
                dataset.set_auto_mask(True)
                missing = np.isnan(raw) if raw.dtype.kind == "f" else raw == 255 if raw.dtype == np.uint8 else raw < 0
                hidden += int((np.ma.getmaskarray(masked) != missing).sum())
                raw = raw[0]
                rows, columns = random.integers(0, raw.shape[0], 50), random.integers(0, raw.shape[1], 50)
                with rasterio.open(f"netcdf:{path}:{name}") as source:
                    if source.crs != archive.crs:
                        misread += 50
                    samples = [v[0] for v in source.sample(zip(x[columns], y[rows]), indexes=1)]
                misread += int((~np.isclose(samples, raw[rows, columns], rtol=0, atol=0, equal_nan=True)).sum())
                with rioxarray.open_rasterio(f"netcdf:{path}:{name}") as array:
                    transform = array.rio.transform()
                    misread += int(array.rio.crs != archive.crs)
                    misread += int((transform.c, transform.f) != (archive.left, archive.top))
                points += 50
    table.add("coordinates: largest difference in metres", len(paths), float(worst), 1e-6)
    table.add("pixels misplaced for GDAL or rioxarray", points, misread, 0)
    table.add("values that valid_range hides from netCDF4", len(paths), hidden, 0)


def compare_summary(table, output):
    """The summary's figures against numpy on the saved data."""
    with open(f"{output}/summary.json") as file:
        summary = json.load(file)
    layers = counts = 0
    worst = {"mean": 0.0, "standard_deviation": 0.0, "extremes": 0.0}
    bins = 0.0
    for sequence in summary["sequences"]:
        for module in sequence["modules"]:
            name = module["variable"]
            kind = ("count" if name.endswith("_count") else "ndvi" if name.startswith("ndvi")
                    else "albedo" if name == "albedo" else "cloud_mask")
            width = (RANGES[kind][1] - RANGES[kind][0]) / 4096
            for layer in module.get("dates") or module["seasons"]:
                with xr.open_dataset(f"{output}/{layer['file']}") as dataset:
                    data = dataset[name].sel(season=layer["season"]) if "season" in layer else dataset[name][0]
                    values = data.values[~np.isnan(data.values)].astype("f8")
                    size = data.size
                layers += 1
                counts += int(layer["count"] != values.size)
                counts += int(abs(layer["valid_fraction"] - values.size / size) > 1e-12)
                if values.size == 0:
                    counts += sum(layer[key] is not None for key in ("mean", "standard_deviation", "minimum"))
                    continue
                worst["mean"] = largest(worst["mean"], abs(layer["mean"] - values.mean()))
                worst["standard_deviation"] = largest(
                    worst["standard_deviation"], abs(layer["standard_deviation"] - values.std()))
                worst["extremes"] = largest(
                    worst["extremes"], abs(layer["minimum"] - values.min()), abs(layer["maximum"] - values.max()))
                # Between two neighbouring values of the data any is right; beyond them, one bin is allowed. What
                # lies outside the range is counted in its first and last bin.
                clipped = np.clip(values, *RANGES[kind])
                for percent, got in layer["percentiles"].items():
                    low = np.percentile(clipped, float(percent), method="lower")
                    high = np.percentile(clipped, float(percent), method="higher")
                    bins = largest(bins, (low - got) / width, (got - high) / width)
    table.add("summary: wrong counts", layers, counts, 0)
    table.add("summary: mean", layers, worst["mean"], 1e-9)
    table.add("summary: standard deviation", layers, worst["standard_deviation"], 1e-6)
    table.add("summary: minimum and maximum", layers, worst["extremes"], 0)
    table.add("summary: percentiles, in bins (range / 4096)", layers, bins, 1)


def check_conventions(table, paths):
    """The IOOS compliance checker's verdict: an error is what it gives high priority."""
    CheckSuite.load_all_available_checkers()
    errors, warned, notes = 0, 0, []
    for path in paths:
        report = path.replace("/", "_") + ".json"
        report = os.path.join(os.path.dirname(paths[0]), "..", "..", "..", report)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            ComplianceChecker.run_checker(
                path, ["cf:1.10"], 0, "normal", output_filename=report, output_format=["json"])
        with open(report) as file:
            verdict = json.load(file)["cf:1.10"]
        os.remove(report)
        for priority, key in (("error", "high_priorities"), ("warning", "medium_priorities")):
            for finding in verdict.get(key, []):
                if finding["value"][0] < finding["value"][1]:
                    errors += priority == "error"
                    warned += priority == "warning"
                    notes += [f"{priority}: {os.path.basename(path)}: {text}" for text in finding["msgs"]]
    table.add("CF 1.10 checker: errors", len(paths), errors, 0, f"({warned} warnings)")
    return notes


def check_stac(table, output):
    """STAC documents against the schemas that pystac carries and the models of stac-pydantic: no network is asked."""
    schemas = get_local_schema_cache()
    registry = referencing.Registry().with_resources(
        (address, referencing.jsonschema.DRAFT7.create_resource(schema)) for address, schema in schemas.items())
    kinds = {"Feature": ("item", Item), "Collection": ("collection", Collection), "Catalog": ("catalog", Catalog)}
    documents, faults, notes = 0, 0, []
    for folder, _, names in sorted(os.walk(f"{output}/stac")):
        for name in sorted(name for name in names if name.endswith(".json")):
            with open(os.path.join(folder, name)) as file:
                document = json.load(file)
            kind, model = kinds[document["type"]]
            address = next(address for address in schemas if address.endswith(f"/{kind}.json"))
            found = [error.message for error in jsonschema.Draft7Validator(
                schemas[address], registry=registry).iter_errors(document)]
            try:
                model.model_validate(document)
            except ValueError as error:
                found.append(str(error))
            documents += 1
            faults += len(found)
            notes += [f"STAC: {name}: {text[:300]}" for text in found]
    table.add("STAC schemas and stac-pydantic: faults", documents, faults if documents else 1, 0)
    return notes


def main():
    parser = argparse.ArgumentParser(description="Checks Apus against numpy and xarray.")
    parser.add_argument("--apus", required=True)
    parser.add_argument("--size", default="900x700", help="columns x rows of the simulated area")
    parser.add_argument("--dates", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", default="out/verify", help="a folder that is emptied first")
    parser.add_argument("--keep", action="store_true", help="keep the archive and the results")
    options = parser.parse_args()

    began = time.monotonic()
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    folder = f"{options.work}/archive"
    # Two years, so that a winter spans the turn of the year.
    subprocess.run(
        [options.apus, "simulate", folder, "--dates", str(options.dates), "--size", options.size, "--seed",
         str(options.seed), "--start", "2020-10-01", "--end", "2021-12-31", "--quiet"],
        check=True, stdout=subprocess.DEVNULL)
    archive = Archive(folder)
    print(f"{len(archive.items)} scenes on {len(archive.days)} dates, {archive.width} x {archive.height} pixels")

    outputs = [run(options.apus, options.work, folder, threads, chunk) for threads, chunk in RUNS]
    table = Table()
    # Small chunks, several threads: where a mistake at an edge or in the order of dates would show.
    output = outputs[5]
    compare_values(table, archive, output)
    paths = files_below(output)
    compare_place(table, archive, paths)
    compare_summary(table, output)
    sums = [checksums(output) for output in outputs]
    runs = f"({', '.join(f'{threads}/{chunk}' for threads, chunk in RUNS)})".replace("'", "")
    table.add("bytes: runs that differ (threads/chunk)", len(sums), len({data for data, _ in sums}) - 1, 0, runs)
    table.add("summary figures: runs that differ", len(sums), len({figures for _, figures in sums}) - 1, 0)
    # One file of each kind, and of the dates the first and the last.
    kinds = {}
    for path in paths:
        kinds.setdefault(os.path.dirname(path) if path[-5:-3].isdigit() else path, []).append(path)
    chosen = sorted({path for group in kinds.values() for path in (group[0], group[-1])})
    notes = check_conventions(table, chosen) + check_stac(table, output)

    table.show()
    for note in sorted(set(notes)):
        print(f"  {note}")
    print(f"{'all agree' if table.is_good else 'NOT ALL AGREE'}, {time.monotonic() - began:.0f} s")
    if not options.keep and table.is_good:
        shutil.rmtree(options.work)
    sys.exit(0 if table.is_good else 1)


if __name__ == "__main__":
    main()
