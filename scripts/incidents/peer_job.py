"""The job of an incident as users of a peer write it: the band `red` of each scene, or the mean of a date's scenes.

    peer_job.py JOB.json           loads, and leaves NetCDF files, GeoTIFFs with rasterio, beside the job
    peer_job.py --read JOB.json    makes JSON of them, for the judge
"""
import glob
import json
import os
import sys
import urllib.request

import numpy as np


def items(job):
    """The items as documents: stackstac does not know what pystac makes of older ones (proj:code)."""
    import pystac_client
    if job["api"]:
        client = pystac_client.Client.open(job["api"])
        found = list(client.search(collections=[job["collection"]]).items_as_dicts())
    else:
        with open(job["catalogue"]) as file:
            found = json.load(file)["features"]
    if job["token_service"]:
        # As planetary_computer.sign_inplace does when the search is made: one token for a container.
        with urllib.request.urlopen(job["token_service"] + "/account/container") as answer:
            token = json.load(answer)["token"]
        for item in found:
            for asset in item["assets"].values():
                asset["href"] += "?" + token
    return found


def scaled(stored, job, nodata):
    values = stored.astype("float64")
    values = values.where(stored != nodata) if nodata is not None else values
    return values * job["encoding"].get("scale", 1) + job["encoding"].get("offset", 0)


def odc_stac(job):
    import odc.stac
    import pystac
    found = [pystac.Item.from_dict(item) for item in items(job)]
    bands = ["red", "qa"] if job["quality"] else ["red"]
    cube = odc.stac.load(
        found, bands=bands, chunks=dict(zip(("y", "x"), job["chunk"])),
        groupby="solar_day" if job["mosaic"] else "time", **job["further"]).compute()
    red = scaled(cube.red, job, cube.red.attrs.get("nodata"))
    return red.where(cube.qa != 1) if job["quality"] else red


def stackstac_(job):
    import stackstac
    import xarray
    found = items(job)
    bands = ["red", "qa"] if job["quality"] else ["red"]
    # Its defaults shift pixels of Landsat's phase: they are an incident of their own.
    further = {"snap_bounds": False, "xy_coords": "center", **job["further"]}
    cube = stackstac.stack(found, assets=bands, chunksize=tuple(job["chunk"]), **further)
    # The mosaic of a date's scenes; a scene by itself needs none.
    if job["mosaic"]:
        cube = stackstac.mosaic(cube, dim="time").expand_dims(time=cube.time[:1])
    cube = cube.compute()
    red = cube.sel(band="red", drop=True)
    if job["quality"]:
        red = red.where(cube.sel(band="qa", drop=True) != 1)
    # Its coordinates are those of upper left corners unless it is asked for centres.
    half = abs(float(red.x[1] - red.x[0])) / 2 if further["xy_coords"] == "topleft" else 0
    return xarray.DataArray(
        red.values, dims=("time", "y", "x"),
        coords={"time": red.time.values, "y": red.y.values - half, "x": red.x.values + half})


def rasterio_(job):
    import rasterio
    import xarray
    layers = {}
    for item in sorted(items(job), key=lambda item: item["properties"]["datetime"]):
        label = item["properties"]["datetime"][:10]
        with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
            with rasterio.open(item["assets"]["red"]["href"]) as file:
                stored, transform, nodata = file.read(1), file.transform, file.nodata
            values = np.where(stored == nodata, np.nan, stored.astype("float64")) if nodata is not None else stored * 1.0
            if job["quality"]:
                with rasterio.open(item["assets"]["qa"]["href"]) as file:
                    values = np.where(file.read(1) == 1, np.nan, values)
        values = values * job["encoding"].get("scale", 1) + job["encoding"].get("offset", 0)
        height, width = values.shape
        layer = xarray.DataArray(values, dims=("y", "x"), coords={
            "y": transform.f + transform.e * (np.arange(height) + 0.5),
            "x": transform.c + transform.a * (np.arange(width) + 0.5)})
        layers[label] = layer
    return layers


def labels(job, cube):
    names = ["DJF", "MAM", "JJA", "SON"]
    for place, moment in enumerate(cube.time.values):
        date = str(moment)[:10]
        label = names[int(date[5:7]) % 12 // 3] if job["quality"] else date
        # Two layers of one date are two layers.
        yield place, label, f"{label}.{place}"


def folder(job):
    return job["result"] + ".files"


def load_and_write(job):
    os.makedirs(folder(job), exist_ok=True)
    for path in glob.glob(folder(job) + "/*"):
        os.remove(path)
    if job["tool"] == "rasterio":
        if job["writes"]:
            return write_geotiffs(job)
        layers = rasterio_(job)
        names = ["DJF", "MAM", "JJA", "SON"]
        for place, (date, layer) in enumerate(layers.items()):
            label = names[int(date[5:7]) % 12 // 3] if job["quality"] else date
            layer.to_dataset(name="red").to_netcdf(f"{folder(job)}/{label}.{place}.nc")
        return
    cube = (odc_stac if job["tool"] == "odc-stac" else stackstac_)(job)
    for place, label, name in labels(job, cube):
        layer = cube.isel(time=place, drop=True)
        x, y = [name for name in layer.dims if name in ("x", "longitude")], [name for name in layer.dims if name in ("y", "latitude")]
        layer = layer.rename({x[0]: "x", y[0]: "y"}) if x[0] != "x" else layer
        layer.drop_vars([name for name in layer.coords if name not in ("x", "y")]).drop_attrs().to_dataset(
            name="red").to_netcdf(f"{folder(job)}/{name}.nc")


def write_geotiffs(job):
    import rasterio
    from rasterio.transform import from_origin
    for place, (label, layer) in enumerate(rasterio_(job).items()):
        x, y = layer.x.values, layer.y.values
        transform = from_origin(x[0] - 15, y[0] + 15, 30, 30)
        with rasterio.open(
                f"{folder(job)}/{label}.{place}.tif", "w", driver="GTiff", width=len(x), height=len(y), count=1,
                dtype="float64", crs="EPSG:32719", transform=transform, nodata=float("nan")) as file:
            file.write(layer.values, 1)


def read(job):
    layers = {}
    for path in sorted(glob.glob(folder(job) + "/*")):
        label, place = os.path.basename(path).split(".")[:2]
        label = label if label not in layers else f"{label} again"
        try:
            if path.endswith(".nc"):
                import xarray
                with xarray.open_dataset(path) as file:
                    layer = (file.x.values.tolist(), file.y.values.tolist(), file.red.values.tolist())
            else:
                import rasterio
                with rasterio.open(path) as file:
                    values, transform = file.read(1), file.transform
                x = [transform.c + transform.a * (column + 0.5) for column in range(values.shape[1])]
                y = [transform.f + transform.e * (row + 0.5) for row in range(values.shape[0])]
                layer = (x, y, values.tolist())
        except Exception as error:
            layer = ([0, 1], [1, 0], [[float("nan")]])
            label = f"{label} ({type(error).__name__})"
        layers[label] = layer
    with open(job["result"], "w") as file:
        json.dump(layers, file)


if __name__ == "__main__":
    with open(sys.argv[-1]) as file:
        job = json.load(file)
    (read if sys.argv[1] == "--read" else load_and_write)(job)
