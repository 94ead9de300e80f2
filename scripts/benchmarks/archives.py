"""The archives the contestants read: simulated, multiplied in time, or of scenes that are only described."""

import copy
import datetime
import json
import os
import pathlib
import shutil

import measure

BANDS = ("red", "nir08", "qa_pixel")


class Archive:
    """A folder with an items.json and the GeoTIFF files it names."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.items = self.directory / "items.json"
        if not self.items.exists():
            raise measure.BenchError(
                f"{self.directory} holds no items.json: give a directory made by apus simulate")
        features = json.loads(self.items.read_text())["features"]
        self.scenes = len(features)
        self.collection = features[0]["collection"]
        days = sorted({feature["properties"]["datetime"][:10] for feature in features})
        self.dates, self.first, self.last = len(days), days[0], days[-1]
        self.rows, self.columns = extent([feature["properties"] for feature in features])
        self.files = [
            self.directory / feature["assets"][band]["href"] for feature in features for band in BANDS]

    @property
    def bytes(self):
        return sum(file.stat().st_size for file in self.files)

    def warm(self):
        """Reads every file once, so that all contestants find them in the page cache."""
        buffer = bytearray(8 << 20)
        for path in self.files:
            with open(path, "rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass

    def json(self):
        return {
            "dates": self.dates, "scenes": self.scenes, "rows": self.rows, "columns": self.columns,
            "files": len(self.files), "bytes": self.bytes,
        }


def extent(scenes):
    """Rows and columns of the grid that holds all scenes."""
    boxes = []
    for scene in scenes:
        (rows, columns), (width, _, left, _, height, top) = scene["proj:shape"], scene["proj:transform"][:6]
        boxes.append((round(top / height), round(left / width), rows, columns))
    first = [min(box[axis] for box in boxes) for axis in (0, 1)]
    return [max(box[axis] + box[axis + 2] for box in boxes) - first[axis] for axis in (0, 1)]


def simulated(apus, directory, dates, columns, rows):
    """An archive of one whole scene a date; one made before with the same choices is used again."""
    made = directory / "made.json"
    wanted = {"dates": dates, "columns": columns, "rows": rows}
    if not made.exists() or json.loads(made.read_text()) != wanted:
        shutil.rmtree(directory, ignore_errors=True)
        measure.run(
            [apus, "simulate", directory, "--dates", dates, "--size", f"{columns}x{rows}", "--bands",
             ",".join(BANDS), "--coverage", "whole", "--truth", "none", "--quiet"],
            directory.with_suffix(".log"))
        made.write_text(json.dumps(wanted))
    return Archive(directory)


def repeated(archive, directory, times):
    """The archive with every scene again in each of the following years: the same content, `times` the dates.

    The files are hard links under names of their own: no reader can tell that it has read them before.
    """
    shutil.rmtree(directory, ignore_errors=True)
    document = json.loads(archive.items.read_text())
    features = []
    for turn in range(times):
        for feature in document["features"]:
            again = copy.deepcopy(feature)
            properties = again["properties"]
            year = int(properties["datetime"][:4]) + turn
            properties["datetime"] = f"{year}{properties['datetime'][4:]}"
            again["id"] = f"{feature['id']}_{year}"
            for band in BANDS:
                asset = again["assets"][band]
                source = archive.directory / asset["href"]
                asset["href"] = f"./{year}/{source.relative_to(archive.directory)}"
                link(source, directory / asset["href"])
            features.append(again)
    document |= {"features": features, "numberMatched": len(features), "numberReturned": len(features)}
    (directory / "items.json").write_text(json.dumps(document))
    return Archive(directory)


def link(source, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)


def described(template, directory, scenes, side):
    """An items.json of `scenes` scenes, each `side` x `side` pixels on a day of its own, without any file."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    document = json.loads(template.items.read_text())
    first = datetime.date(2019, 1, 1)
    features = []
    for number in range(scenes):
        feature = copy.deepcopy(document["features"][0])
        feature["id"] = f"described_{number:04}"
        feature["properties"]["datetime"] = f"{first + datetime.timedelta(days=number)}T14:30:00Z"
        feature["properties"]["proj:shape"] = [side, side]
        for band in BANDS:
            feature["assets"][band]["href"] = f"./{feature['id']}/{band}.tif"
        features.append(feature)
    document |= {"features": features, "numberMatched": scenes, "numberReturned": scenes}
    (directory / "items.json").write_text(json.dumps(document))
    return Archive(directory)
