"""Writes the rasters of incidents: tiled GeoTIFFs of one band, with the standard library alone."""
import struct
import zlib

TILE = 64


def write(path, rows, type_code, transform, epsg, nodata=None):
    """Writes rows of whole numbers as type_code ("B", "H" or "h") under a north-up (x, y, pixel) transform.

    Tags: https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml and OGC 19-008r4 for the GeoKeys.
    """
    height, width = len(rows), len(rows[0])
    size = struct.calcsize(type_code)
    tiles = []
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            tile = b"".join(
                struct.pack(f"<{TILE}{type_code}", *padded(rows[row][left:left + TILE] if row < height else []))
                for row in range(top, top + TILE))
            tiles.append(zlib.compress(tile, 1))
    x, y, pixel = transform
    is_geographic = epsg == 4326
    keys = [1, 1, 0, 3, 1024, 0, 1, 2 if is_geographic else 1, 1025, 0, 1, 1, 2048 if is_geographic else 3072, 0, 1, epsg]
    tags = [
        (256, "I", [width]), (257, "I", [height]), (258, "H", [size * 8]), (259, "H", [8]), (262, "H", [1]),
        (277, "H", [1]), (322, "I", [TILE]), (323, "I", [TILE]), (324, "I", [0] * len(tiles)),
        (325, "I", [len(tile) for tile in tiles]), (339, "H", [2 if type_code.islower() else 1]),
        (33550, "d", [pixel, pixel, 0.0]), (33922, "d", [0.0, 0.0, 0.0, x, y, 0.0]), (34735, "H", keys),
    ]
    if nodata is not None:
        tags.append((42113, "s", f"{nodata}\0".encode()))
    # The directory first, then what does not fit into it, then the tiles: as a cloud-optimised file has them.
    place = 8 + 2 + 12 * len(tags) + 4
    places, extra = [], b""
    for _, kind, values in tags:
        length = len(values) * (1 if kind == "s" else struct.calcsize(kind))
        places.append(place + len(extra) if length > 4 else None)
        extra += b"\0" * (length + length % 2) if length > 4 else b""
    first = place + len(extra)
    offsets = [first + sum(len(tile) for tile in tiles[:number]) for number in range(len(tiles))]
    directory, extra = struct.pack("<2sHIH", b"II", 42, 8, len(tags)), b""
    for (tag, kind, values), where in zip(tags, places):
        if tag == 324:
            values = offsets
        packed = values if kind == "s" else struct.pack(f"<{len(values)}{kind}", *values)
        code = {"I": 4, "H": 3, "d": 12, "s": 2}[kind]
        directory += struct.pack("<HHI", tag, code, len(values))
        directory += packed.ljust(4, b"\0") if where is None else struct.pack("<I", where)
        if where is not None:
            extra += packed + b"\0" * (len(packed) % 2)
    with open(path, "wb") as file:
        file.write(directory + struct.pack("<I", 0) + extra + b"".join(tiles))


def padded(values):
    return list(values) + [0] * (TILE - len(values))
