"""Streams the same scenes from the same slow web server with Apus and with odc-stac, and compares megapixels a second.

    remote.py APUS PYTHON [--dates N] [--size WxH] [--latency MS] [--pools 2,8,…] [--repeat N] [--folder DIR]

APUS is the program, PYTHON an interpreter with odc-stac and pystac. The server (scripts/services/file_server.py) waits
LATENCY milliseconds before every answer. The archive is simulated: Landsat-like, tiled deflate GeoTIFFs, three bands.

odc-stac loads the three bands, one solar day a date, and does nothing else: by itself (one request after the other),
with thread pools of several sizes and with dask; only the loading is timed. Apus loads the same, masks clouds,
computes NDVI and its seasonal mean and writes a NetCDF file; its time is that of the whole process. Where clouds cover
a whole block it does not read the other bands of it. Pixels are those of the cube's three bands for both.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PEER = """
import json, sys, time
import dask, odc.stac, pystac
items = list(pystac.ItemCollection.from_file(sys.argv[1]))
how = sys.argv[2]
odc.stac.configure_rio(cloud_defaults=True)
words = dict(bands=["red", "nir08", "qa_pixel"], groupby="solar_day")
start = time.perf_counter()
if how == "default":
    cube = odc.stac.load(items, **words)
elif how.startswith("pool"):
    cube = odc.stac.load(items, pool=int(how[4:]), **words)
else:
    threads, chunk = how[4:].split("x")
    cube = odc.stac.load(items, chunks={"x": int(chunk), "y": int(chunk)}, **words)
    with dask.config.set(scheduler="threads", num_workers=int(threads)):
        cube = cube.compute()
seconds = time.perf_counter() - start
sums = {name: int(cube[name].astype("uint64").sum()) for name in cube.data_vars}
print(json.dumps({"seconds": seconds, "pixels": sum(v.size for v in cube.data_vars.values()), "sums": sums}))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("apus")
    parser.add_argument("python")
    parser.add_argument("--dates", type=int, default=12)
    parser.add_argument("--size", default="2048x2048")
    parser.add_argument("--latency", type=float, default=50)
    parser.add_argument("--pools", default="default,pool8,pool16,pool32,pool64,dask32x512,dask64x1024")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", help="where the archive is, or is made")
    parser.add_argument("--memory", default="1GiB")
    options = parser.parse_args()
    apus = str(pathlib.Path(options.apus).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(options.folder or scratch).resolve()
        archive = folder / f"archive-{options.dates}-{options.size}"
        if not (archive / "items.json").exists():
            subprocess.run(
                [apus, "simulate", archive, "--dates", str(options.dates), "--size", options.size, "--quiet",
                 "--bands", "red,nir08,qa_pixel"], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).parents[1] / "services" / "file_server.py", archive,
             "--latency", str(options.latency)], stdout=subprocess.PIPE, text=True)
        try:
            port = int(server.stdout.readline().split()[1])
            measure(options, apus, archive, pathlib.Path(scratch), port)
        finally:
            server.kill()
            server.wait()


def measure(options, apus, archive, scratch, port):
    items = json.loads((archive / "items.json").read_text())
    for feature in items["features"]:
        for asset in feature["assets"].values():
            asset["href"] = f"http://127.0.0.1:{port}/" + asset["href"].removeprefix("./")
    catalogue = scratch / "items.json"
    catalogue.write_text(json.dumps(items))
    rows = []
    pixels = 0
    for how in options.pools.split(","):
        times = []
        for _ in range(options.repeat):
            result = subprocess.run([options.python, "-c", PEER, catalogue, how], check=True, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            answer = json.loads(result.stdout)
            times.append(answer["seconds"])
            pixels = answer["pixels"]
        rows.append((f"odc-stac {how}", times))
    download = {"module": "download", "source": "items.json", "collection": "landsat-c2-l2",
                "bands": ["red", "nir08", "qa_pixel"]}
    mask = {"module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud", "cloud_shadow", "water"]}
    config = {"pipeline": "remote", "output": {"location": str(scratch / "out")},
              "resources": {"memory": options.memory},
              "sequences": [{"name": "landsat", "modules": [
                  download, mask, {"module": "ndvi"}, {"module": "seasonal_mean", "of": "ndvi"}]}]}
    (scratch / "config.json").write_text(json.dumps(config))
    times = []
    for _ in range(options.repeat):
        start = time.perf_counter()
        subprocess.run([apus, "run", scratch / "config.json", "--fresh", "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    rows.append(("apus, the whole pipeline", times))
    print(f"{pixels / 1e6:.0f} Mpx, {options.latency:.0f} ms a request; median of {options.repeat}")
    for name, times in rows:
        middle = statistics.median(times)
        print(f"{name:28} {middle:7.2f} s {pixels / middle / 1e6:8.1f} Mpx/s   (fastest {min(times):.2f} s)")
    best = min(statistics.median(times) for name, times in rows if name.startswith("odc"))
    default = statistics.median(rows[0][1])
    own = statistics.median(rows[-1][1])
    print(f"apus against odc-stac: {default / own:.1f} times its {options.pools.split(',')[0]}, "
          f"{best / own:.1f} times its best")


if __name__ == "__main__":
    main()
