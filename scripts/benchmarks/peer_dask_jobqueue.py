"""The job of peer_odc_stac.py on a cluster, as users of dask-jobqueue write it.

    peer_dask_jobqueue.py ITEMS CHUNK JOBS LOGS OUTPUT

Besides, it says how many tasks of the graph were computed again since a worker with their results was gone.
"""

import os
import sys

import dask
import numpy
import odc.stac
import pystac
from dask_jobqueue import SLURMCluster
from distributed import Client
from distributed.diagnostics.plugin import SchedulerPlugin


class Computed(SchedulerPlugin):
    """Counts the tasks that are computed; not a part of the job."""

    def __init__(self):
        self.count, self.keys = 0, set()

    def transition(self, key, start, finish, *_, **__):
        if start == "processing" and finish == "memory":
            self.count += 1
            self.keys.add(key)


def main(source, chunk, jobs, logs, output):
    items = list(pystac.ItemCollection.from_file(source))
    for item in items:
        for asset in item.assets.values():
            asset.href = os.path.join(os.path.dirname(source), asset.href)

    with SLURMCluster(
        queue="main", cores=1, processes=1, memory="800MiB", walltime="01:00:00", log_directory=logs,
        local_directory=logs, interface="lo", death_timeout=120,
    ) as cluster, Client(cluster) as client:
        computed = Computed()
        cluster.scheduler.add_plugin(computed)
        cluster.scale(jobs=jobs)
        client.wait_for_workers(1)
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
        mean = mean.compute()
        again = computed.count - len(computed.keys)

    sides = (1, min(chunk, mean.sizes["y"]), min(chunk, mean.sizes["x"]))
    encoding = {
        "zlib": True, "complevel": 1, "shuffle": True, "chunksizes": sides,
        "_FillValue": numpy.float32("nan"),
    }
    mean.to_netcdf(output, engine="netcdf4", encoding={mean.name: encoding})
    print(f"{len(computed.keys)} tasks, {again} computed again", flush=True)


if __name__ == "__main__":
    # A lost node is no reason to give up.
    dask.config.set({"distributed.scheduler.allowed-failures": 10})
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
