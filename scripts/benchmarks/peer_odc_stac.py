"""The job as users of odc-stac, dask and xarray write it: cloud mask, NDVI, seasonal mean, one NetCDF.

    peer_odc_stac.py ITEMS CHUNK THREADS flox|plain OUTPUT

It writes the mean alone, without the number of observations that Apus puts beside it. xarray reduces groups with
flox where that is installed, as most environments for Earth observation have it; `plain` tells it not to.
"""

import os
import sys

import dask
import numpy
import odc.stac
import pystac
import xarray


def main(source, chunk, threads, reduction, output):
    xarray.set_options(use_flox=reduction == "flox")
    items = list(pystac.ItemCollection.from_file(source))
    for item in items:
        for asset in item.assets.values():
            asset.href = os.path.join(os.path.dirname(source), asset.href)
    cube = odc.stac.load(
        items, bands=["red", "nir08", "qa_pixel"], chunks={"x": chunk, "y": chunk}, groupby="solar_day")

    # 0x99: fill, cloud, cloud shadow, water. Single precision throughout, the faster choice.
    is_good = (cube.qa_pixel & 0x99) == 0
    scale, offset = numpy.float32(0.0000275), numpy.float32(-0.2)
    red = cube.red.where(is_good) * scale + offset
    nir = cube.nir08.where(is_good) * scale + offset
    ndvi = (nir - red) / (nir + red)
    mean = ndvi.groupby("time.season").mean().rename("ndvi_seasonal_mean")
    mean.attrs.clear()

    sides = (1, min(chunk, mean.sizes["y"]), min(chunk, mean.sizes["x"]))
    encoding = {
        "zlib": True, "complevel": 1, "shuffle": True, "chunksizes": sides,
        "_FillValue": numpy.float32("nan"),
    }
    with dask.config.set(scheduler="threads", num_workers=threads):
        mean.to_netcdf(output, engine="netcdf4", encoding={mean.name: encoding})


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
