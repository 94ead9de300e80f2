"""Compares results value by value; runs in the peers' Python. Reads a JSON list, writes one of verdicts.

    agreement.py COMPARISONS VERDICTS

A comparison is {"name", "kind", "a": [file, variable], "b": …}. Of kind "seasons", `b` is a file like `a`,
whatever its order and names of the seasons. Of kind "median", `b` is [[files of the dates], variable], from
which numpy computes the seasons' medians here, on strips spread over the area. Two values agree when they
differ by at most `tolerance`, or `tolerance` times their size where that is larger than 1; both or neither
must be missing.
"""

import json
import sys

import netCDF4
import numpy

SEASONS = ("DJF", "MAM", "JJA", "SON")
ROWS = 512
# Strips of medians are enough to find a wrong kernel, and numpy sorts slowly.
MEDIAN_STRIPS, MEDIAN_ROWS = 8, 64


def season(month):
    return SEASONS[month % 12 // 3]


class Seasons:
    """A variable by season, read strip by strip; a season the file lacks is missing everywhere."""

    def __init__(self, path, name):
        self.file = netCDF4.Dataset(path)
        self.file.set_auto_maskandscale(False)
        self.variable = self.file[name]
        self.rows, self.columns = self.variable.shape[1:]
        self.layers = {label: layer for layer, label in enumerate(self.labels())}

    def labels(self):
        if "season" in self.file.variables:
            return ["".join(numpy.asarray(label, str).ravel()) for label in self.file["season"][:]]
        # CDO's yseasmean writes all four in this order; its times are now and then not of this world (with -P 2).
        if len(self.variable) == len(SEASONS):
            return list(SEASONS)
        time = self.file["time"]
        dates = netCDF4.num2date(time[:], time.units, time.calendar)
        return [season(date.month) for date in dates]

    def read(self, label, rows):
        if label not in self.layers:
            return numpy.full((rows.stop - rows.start, self.columns), numpy.nan)
        return self.variable[self.layers[label], rows, :].astype(float)

    def strips(self):
        return [slice(top, min(top + ROWS, self.rows)) for top in range(0, self.rows, ROWS)]


class Medians:
    """Medians by season, computed by numpy from a file for each date."""

    def __init__(self, paths, name):
        self.files = [netCDF4.Dataset(path) for path in paths]
        self.name = name
        self.rows, self.columns = self.files[0][name].shape[1:]
        self.seasons = []
        for file in self.files:
            file.set_auto_maskandscale(False)
            time = file["time"]
            self.seasons.append(season(netCDF4.num2date(time[0], time.units, time.calendar).month))

    def read(self, label, rows):
        stack = [file[self.name][0, rows, :] for file, own in zip(self.files, self.seasons) if own == label]
        if not stack:
            return numpy.full((rows.stop - rows.start, self.columns), numpy.nan)
        # Sorting puts NaN last: many times faster than nanmedian.
        stack = numpy.sort(numpy.stack(stack).astype(float), axis=0)
        count = (~numpy.isnan(stack)).sum(axis=0)
        low, high = numpy.maximum(count - 1, 0) // 2, count // 2
        high = numpy.minimum(high, len(stack) - 1)
        below, above = (numpy.take_along_axis(stack, at[None], axis=0)[0] for at in (low, high))
        return numpy.where(count > 0, (below + above) / 2, numpy.nan)

    def strips(self):
        height = min(MEDIAN_ROWS, self.rows)
        tops = numpy.linspace(0, self.rows - height, MEDIAN_STRIPS).astype(int)
        return [slice(int(top), int(top) + height) for top in sorted(set(tops))]


def compare(comparison, tolerance):
    a = Seasons(*comparison["a"])
    b = (Medians if comparison["kind"] == "median" else Seasons)(*comparison["b"])
    verdict = {
        "name": comparison["name"], "values": 0, "missing_in_one": 0, "beyond": 0, "largest_difference": 0.0}
    if (a.rows, a.columns) != (b.rows, b.columns):
        reason = f"{a.columns} x {a.rows} and {b.columns} x {b.rows} pixels"
        return verdict | {"agrees": False, "reason": reason}
    for rows in b.strips():
        for label in SEASONS:
            left, right = a.read(label, rows), b.read(label, rows)
            is_missing = numpy.isnan(left), numpy.isnan(right)
            both = ~(is_missing[0] | is_missing[1])
            left, right = left[both], right[both]
            with numpy.errstate(invalid="ignore"):  # infinity less infinity
                difference = numpy.where(left == right, 0, numpy.abs(left - right))
            allowed = tolerance * numpy.maximum(1, numpy.abs(right))
            # The difference counts only while it is finite: infinity agrees with itself alone.
            is_close = numpy.isfinite(difference) & (difference <= allowed)
            verdict["values"] += int(both.sum())
            verdict["missing_in_one"] += int((is_missing[0] != is_missing[1]).sum())
            verdict["beyond"] += int((~is_close).sum())
            verdict["largest_difference"] = max(
                verdict["largest_difference"], float(difference.max(initial=0)))
    # Two results without a single value agree about nothing.
    agrees = verdict["values"] > 0 and verdict["missing_in_one"] == 0 and verdict["beyond"] == 0
    return verdict | {"agrees": agrees}


def main(comparisons, verdicts):
    with open(comparisons) as file:
        request = json.load(file)
    result = [compare(comparison, request["tolerance"]) for comparison in request["comparisons"]]
    with open(verdicts, "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
