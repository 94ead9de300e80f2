"""Tells whether the layers that a job left are right, by their coordinates."""
import math

from setting import ORIGIN, PIXEL

TOLERANCE = 2e-6


class Layer:
    """What a job has of a date or season: centres of columns and rows, and values row by row (NaN: missing)."""

    def __init__(self, x, y, rows):
        self.x, self.y, self.rows = x, y, rows


def flaw(setting, layers, may_lack):
    """The first thing that is wrong with layers by label, or None.

    may_lack: whether values, and whole layers, may be missing, since that was said.
    """
    truth = setting.truth()
    for label in layers:
        if label not in truth:
            return f"a layer {label} that there is not"
    for label, values in truth.items():
        if label not in layers:
            if may_lack:
                continue
            return f"no layer {label}"
        problem = flaw_of_layer(setting, layers[label], values, may_lack)
        if problem:
            return f"{label}: {problem}"
    return None


def flaw_of_layer(setting, layer, truth, may_lack):
    if any("flat" in scene for scene in setting.scenes):
        wanted = next(iter(truth.values()))
        wrong = sum(1 for row in layer.rows for value in row if not abs(value - wanted) <= TOLERANCE)
        return f"{wrong} of {sum(map(len, layer.rows))} pixels are not there or wrong" if wrong else None
    left, top = (layer.x[0] - ORIGIN[0]) / PIXEL - 0.5, (ORIGIN[1] - layer.y[0]) / PIXEL - 0.5
    column_step, row_step = (layer.x[1] - layer.x[0]) / PIXEL, (layer.y[0] - layer.y[1]) / PIXEL
    if max(abs(column_step - 1), abs(row_step - 1)) > 1e-6:
        return f"pixels are {column_step * PIXEL} m wide"
    if max(abs(left - round(left)), abs(top - round(top))) > 1e-6:
        return f"pixels lie {left - math.floor(left):.2f} pixels beside their place"
    left, top = round(left), round(top)
    present, wrong, first = 0, 0, None
    for row, values in enumerate(layer.rows):
        for column, value in enumerate(values):
            wanted = truth.get((left + column, top + row))
            if math.isnan(value):
                bad = wanted is not None and not may_lack
            else:
                present += 1
                bad = wanted is None or abs(value - wanted) > TOLERANCE * max(1, abs(wanted))
            if bad:
                wrong += 1
                first = first or f"{value:.6g} for {'missing' if wanted is None else f'{wanted:.6g}'}"
    if wrong:
        return f"{wrong} pixels wrong, such as {first}"
    if present < len(truth) and not may_lack:
        return f"{len(truth) - present} pixels are not there"
    return None
