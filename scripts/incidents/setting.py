"""Sets up an incident: writes its scenes, its catalogue and Apus' config into a folder, and starts its servers.

Needs nothing but Python's standard library. What is right is computed here from the same formula as the pictures.
"""
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request

import geotiff
from incidents import PICTURES

SERVICES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "services")
# As Landsat's: the edges of pixels are 15 m beside multiples of their size.
ORIGIN, PIXEL, SIDE, EPSG = (300015, 6100005), 30, 256, 32719
BOX = [-71.1993, -35.2938, -71.1130, -35.2230]
SEASONS = ["DJF", "MAM", "JJA", "SON"]


class Setting:
    def __init__(self, incident, folder):
        self.incident, self.folder = incident, folder
        self.data = os.path.join(folder, "account", "container")
        self.scenes = incident.get("scenes", PICTURES)
        self.encoding = incident.get("encoding", {"scale": 0.0001, "offset": 0})
        self.nodata = incident.get("nodata", 0)
        self.servers = []
        self.address = None

    # What the scenes show.

    def stored(self, number, row, column):
        """The stored number of a pixel of a scene; as good as random, so that no pixel passes for another."""
        scene = self.scenes[number]
        if "flat" in scene:
            return scene["flat"]
        value = (row * 7919 + column * 104729 + scene["seed"] * 1299709 + (row * column) % 8191) % 9973
        if self.incident.get("holes") and (row // 9 + column // 13 + scene["seed"]) % 4 == 0:
            return 0
        return value if self.nodata is None else value + 1

    def flag(self, number, row, column):
        return 1 if (row // 11 + column // 7 + number) % 3 == 0 else 0

    def value(self, number, row, column):
        """The physical value of a pixel; None where it is missing."""
        stored = self.stored(number, row, column)
        if stored == self.nodata or self.incident.get("quality") and self.flag(number, row, column):
            return None
        truth = self.incident.get("truth", self.encoding)
        return stored * truth.get("scale", 1) + truth.get("offset", 0)

    def truth(self):
        """By label, date or season: the values by (column, row) from ORIGIN on; what is not there is missing."""
        layers = {}
        for number, scene in enumerate(self.scenes):
            label = scene["date"]
            if self.incident.get("quality"):
                label = SEASONS[int(scene["date"][5:7]) % 12 // 3]
            layer = layers.setdefault(label, {})
            left, top = scene.get("at", [0, 0])
            for row in range(SIDE):
                for column in range(SIDE):
                    value = self.value(number, row, column)
                    # The first scene that has a value counts.
                    if value is not None:
                        layer.setdefault((left + column, top + row), value)
        return layers

    # Files.

    def write(self):
        os.makedirs(self.data)
        for number, scene in enumerate(self.scenes):
            left, top = scene.get("at", [0, 0])
            transform = (ORIGIN[0] + left * PIXEL, ORIGIN[1] - top * PIXEL, PIXEL)
            rows = [[self.stored(number, row, column) for column in range(SIDE)] for row in range(SIDE)]
            geotiff.write(self.path(f"{number}_red.tif"), rows, "H", transform, EPSG, self.nodata)
            if self.incident.get("quality"):
                rows = [[self.flag(number, row, column) for column in range(SIDE)] for row in range(SIDE)]
                geotiff.write(self.path(f"{number}_qa.tif"), rows, "B", transform, EPSG)
        for what, name in self.incident.get("spoil", []):
            getattr(self, "spoil_" + what)(name)
        self.write_json(self.path("items.json"), self.items("./"))

    def path(self, name):
        return os.path.join(self.data, name)

    @staticmethod
    def write_json(path, value):
        with open(path, "w") as file:
            json.dump(value, file, indent=1)

    def spoil_remove(self, name):
        os.remove(self.path(name))

    def spoil_mosaic(self, name):
        """Puts a virtual mosaic of two halves in a file's place."""
        number, half = int(name.split("_")[0]), SIDE // 2
        parts = []
        for part, first in (("west", 0), ("east", half)):
            rows = [[self.stored(number, row, column) for column in range(first, first + half)] for row in range(SIDE)]
            source = name.replace(".tif", f".{part}.tif")
            geotiff.write(
                self.path(source), rows, "H", (ORIGIN[0] + first * PIXEL, ORIGIN[1], PIXEL), EPSG, self.nodata)
            parts.append(
                f'<SimpleSource><SourceFilename relativeToVRT="1">{source}</SourceFilename><SourceBand>1</SourceBand>'
                f'<SrcRect xOff="0" yOff="0" xSize="{half}" ySize="{SIDE}"/>'
                f'<DstRect xOff="{first}" yOff="0" xSize="{half}" ySize="{SIDE}"/></SimpleSource>')
        with open(self.path(name), "w") as file:
            file.write(
                f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"><SRS>EPSG:{EPSG}</SRS><GeoTransform>'
                f'{ORIGIN[0]}, {PIXEL}, 0, {ORIGIN[1]}, 0, -{PIXEL}</GeoTransform><VRTRasterBand dataType="UInt16" '
                f'band="1"><NoDataValue>{self.nodata}</NoDataValue>{"".join(parts)}</VRTRasterBand></VRTDataset>')

    def items(self, base):
        """The catalogue; hrefs begin with `base`."""
        ring = [[BOX[0], BOX[1]], [BOX[2], BOX[1]], [BOX[2], BOX[3]], [BOX[0], BOX[3]], [BOX[0], BOX[1]]]
        features = []
        for number, scene in enumerate(self.scenes):
            left, top = scene.get("at", [0, 0])
            changes = self.incident.get("metadata", {})
            assets = {"red": {"href": f"{base}{number}_red.tif", "type": "image/tiff", "roles": ["data"]}}
            band = {"data_type": "uint16", **self.encoding}
            if self.nodata is not None:
                band["nodata"] = self.nodata
            assets["red"]["raster:bands"] = [band]
            if self.incident.get("quality"):
                assets["qa"] = {"href": f"{base}{number}_qa.tif", "type": "image/tiff", "roles": ["data"]}
                assets["qa"]["raster:bands"] = [{"data_type": "uint8"}]
            features.append({
                "type": "Feature", "stac_version": "1.0.0", "id": f"scene-{number}",
                "stac_extensions": ["https://stac-extensions.github.io/projection/v1.1.0/schema.json",
                                    "https://stac-extensions.github.io/raster/v1.1.0/schema.json"],
                "collection": self.collection, "bbox": BOX, "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {
                    # An hour apart on one day, so that the first is the first.
                    "datetime": f"{scene['date']}T{14 + number}:30:00Z", "proj:epsg": EPSG,
                    "proj:shape": [SIDE, SIDE],
                    "proj:transform": [PIXEL, 0, ORIGIN[0] + left * PIXEL, 0, -PIXEL, ORIGIN[1] - top * PIXEL],
                    **changes.get("*", {}), **changes.get(str(number), {}),
                },
                "links": [], "assets": assets,
            })
        return {"type": "FeatureCollection", "features": features}

    @property
    def collection(self):
        return self.incident.get("collection", "incidents")

    # Servers.

    def start(self):
        """Starts the servers, each under `supervise`, and writes what depends on their ports."""
        # What an API lists has to be on a server too.
        if "server" in self.incident or "api" in self.incident:
            line = self.serve(["file_server.py", self.folder, *self.incident.get("server", [])])
            self.address = f"http://127.0.0.1:{line.split()[1]}/account/container"
        if "api" in self.incident:
            port = free_port()
            self.write_json(self.path("listed.json"), self.items(self.address + "/"))
            self.serve(["stac-misbehaving", str(port), self.path("listed.json")], waits=False)
            wait_for(f"http://127.0.0.1:{port}/_ready")
            self.api = f"http://127.0.0.1:{port}/{self.incident['api'].replace('@', '%40')}"
        else:
            self.api = None

    def serve(self, command, waits=True):
        command[0] = os.path.join(SERVICES, command[0])
        # The server ends when its standard input does.
        process = subprocess.Popen(
            [os.path.join(SERVICES, "supervise"), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.servers.append(process)
        return process.stdout.readline() if waits else ""

    def stop(self):
        for process in self.servers:
            process.stdin.close()
            process.wait(20)
            process.stdout.close()
        self.servers = []

    @property
    def token_service(self):
        return self.address.removesuffix("/account/container") + "/api/sas/v1/token"

    def write_items(self):
        """The catalogue as jobs read it: with the files' addresses where a server has them."""
        path = os.path.join(self.folder, "catalogue.json")
        self.write_json(path, self.items((self.address or self.data) + "/"))
        return path

    def config(self, chunk):
        """Apus' config."""
        job = self.incident.get("job", {})
        download = {"module": "download", "source": self.api or self.write_items(), "bands": ["red"],
                    **job.get("download", {})}
        if self.collection != "incidents":
            download["collection"] = self.collection
        modules = [download, {"module": "seasonal_mean", "of": "red"}]
        if self.incident.get("quality"):
            modules.insert(1, {"module": "cloud_mask", "band": "qa", "reject_values": [1]})
        else:
            download["save"] = True
        return {
            "pipeline": "incident", "area": job.get("area", "native"), "output": {"location": "out"},
            "resources": {"threads": 2, "memory": "256MiB", "chunk": chunk, "connections": 4},
            "sequences": [{"name": "s", "modules": modules}],
        }


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for(url):
    for _ in range(500):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nobody answers at {url}")


def with_setting(incident, body):
    """Calls `body` with the incident set up in a new folder, which is removed afterwards."""
    import tempfile
    folder = tempfile.mkdtemp(prefix="apus-incident-")
    setting = Setting(incident, folder)
    try:
        setting.write()
        setting.start()
        return body(setting)
    finally:
        setting.stop()
        shutil.rmtree(folder, ignore_errors=True)
