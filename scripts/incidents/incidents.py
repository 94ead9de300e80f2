"""Public incidents of other tools, as data: what is on disk, what the server does wrong, what the job is, what is right.

Each is named after its public report. scripts/museum shows them to Apus and its peers; the suite MuseumTests runs them
with Apus. An incident says, besides its words:

  scenes     the scenes: number of the picture ("seed"), date, place in pixels from the origin ("at"), see `setting.py`
  server     the options of scripts/services/file_server.py, which then serves the folder; None: files are local
  api        the behaviour of scripts/services/stac-misbehaving, which then lists the scenes
  job        what Apus' config has besides: members of "download", "area", further modules, the result that is looked at
  runs       the chunk sizes to run with (one run each); every run has to give the same
  spoil      what becomes of the files after they were written: (what, file, ...), see `setting.py`
  right      how it may end: "bytes" (the right values, exit status 0), "loss" (a named loss, and all other values right)
  names      texts that have to be among what is said of a loss
  peers      how the peers' jobs differ from the usual: keywords of odc.stac.load and stackstac.stack, or None where the
             incident is not of their kind
"""

PICTURES = [
    {"seed": 0, "date": "2021-06-01"}, {"seed": 1, "date": "2021-06-17"}, {"seed": 2, "date": "2021-07-03"},
]

INCIDENTS = [
    {
        "report": "OSGeo/gdal #11552",
        "title": "/vsicurl/ completes without error on server disconnect if GDAL_NUM_THREADS is set",
        "story": "the server goes away in the middle: blank or repeated pixels, and no error",
        "server": ["--gone-after", "5"],
        "right": ["loss"], "names": ["_red"],
    },
    {
        "report": "OSGeo/gdal #12426",
        "title": "GDAL_HTTP_MAX_RETRY appears to be ineffective when threading is enabled",
        "story": "now and then a request is answered 404: holes where it should be tried again or reported",
        "server": ["--fail", "0.3", "--seed", "5", "--kinds", "missing"],
        "right": ["bytes", "loss"], "names": ["_red", "404"],
    },
    {
        "report": "OSGeo/gdal #13212",
        "title": "GDALDatasetRasterIOEx returns 0 even if errors occur during reading if at least one file was read",
        "story": "a mosaic of which one file is gone is read without it",
        "spoil": [("mosaic", "1_red.tif"), ("remove", "1_red.east.tif")],
        "right": ["loss"], "names": ["1_red"],
    },
    {
        "report": "opendatacube/odc-stac #99",
        "title": "Feature: continue load in the face of errors",
        "story": "a file that is not there (404) is skipped, and who asks later cannot know which",
        "server": ["--broken", "1_red", "--broken-status", "404"],
        "right": ["loss"], "names": ["1_red.tif", "404"],
        "peers": {"odc-stac": {"fail_on_error": False}},
    },
    {
        "report": "zarr-developers/zarr-python #1578",
        "title": "FSStore silently returns bogus chunk data when FSMap passes an exception",
        "story": "the header comes, the chunks are refused (403): fill values in their place",
        "server": ["--broken", "1_red", "--broken-status", "403", "--broken-from", "80000"],
        "right": ["loss"], "names": ["1_red.tif", "403"],
    },
    {
        "report": "pydata/xarray #8842",
        "title": "Opening zarr dataset with poor connection leads to NaN chunks",
        "story": "a third of the requests fails: broken off, refused, cut short",
        "server": ["--fail", "0.33", "--seed", "3"],
        "right": ["bytes"],
    },
    {
        "report": "microsoft/PlanetaryComputer #388",
        "title": "Authentication timeout when requesting cmip6 data from \"cil-gdpcir-cc0\"",
        "story": "links are signed for a while only; the work takes longer",
        "server": ["--token-ttl", "3600", "--token-uses", "8"],
        "job": {"download": {"sign": "planetary_computer"}},
        "right": ["bytes"],
    },
    {
        "report": "CS-SI/eodag #312",
        "title": "Issue with creodias provider",
        "story": "a download that breaks off is kept under the final name",
        "server": ["--wrong-length", "1_red"],
        "job": {"download": {"mode": "copy"}},
        "right": ["loss"], "names": ["1_red.tif"],
    },
    {
        "report": "sentinelsat/sentinelsat #62",
        "title": "Downloading 1 KB files.",
        "story": "the server answers 200 with a page of text; the next run takes that for the file",
        "server": ["--portal", "1_red"],
        "job": {"download": {"mode": "copy"}}, "again": True,
        "right": ["loss"], "names": ["1_red.tif"],
    },
    {
        "report": "microsoft/PlanetaryComputer #163",
        "title": "Duplicated items from pystac_client search if n_items > paging limit",
        "story": "every page begins with items of the page before: they count twice",
        "api": "page:1+dup:1",
        "job": {"download": {"group_by": "time"}},
        "right": ["bytes"],
    },
    {
        "report": "stac-utils/pystac-client #712",
        "title": "Handling HTTP errors in search.items() generator",
        "story": "a page breaks off, another is answered 504: the search ends there",
        "api": "page:1+drop@2+504@3",
        "right": ["bytes"],
    },
    {
        "report": "microsoft/planetary-computer-apis #274",
        "title": "Pagination links are missing from STAC API responses",
        "story": "the first page has no link to the next: a part is taken for the whole",
        "api": "page:2+nonext@1*",
        "right": ["loss"], "names": ["2 of 3"],
    },
    {
        "report": "gjoseph92/stackstac #84",
        "title": "stackstac.mosaic gives different results with different chunk sizes",
        "story": "which of two overlapping scenes a pixel has depends on the chunks",
        "scenes": [
            {"seed": 0, "date": "2021-06-01"},
            {"seed": 1, "date": "2021-06-01", "at": [70, 41]}, {"seed": 2, "date": "2021-06-01", "at": [-33, 90]},
        ],
        "holes": True, "runs": [[64, 64], [16, 240], [256, 256]],
        "right": ["bytes"],
        "peers": {"rasterio": None},
    },
    {
        "report": "opendatacube/odc-geo #238",
        "title": "Chunked array leads to hole in data",
        "story": "reprojected chunk by chunk, there are holes at some chunk sizes",
        "scenes": [{"flat": 500, "date": "2021-06-01"}],
        "job": {"area": {"bbox": [-71.19, -35.29, -71.12, -35.23], "crs": "EPSG:4326", "resolution": 0.0007}},
        "runs": [[16, 16], [37, 50], [512, 512]],
        "right": ["bytes"],
        "peers": {"odc-stac": {"bbox": [-71.19, -35.29, -71.12, -35.23], "crs": "EPSG:4326", "resolution": 0.0007},
                  "stackstac": {"bounds": [-71.19, -35.29, -71.12, -35.23], "epsg": 4326, "resolution": 0.0007},
                  "rasterio": None},
    },
    {
        "report": "gjoseph92/stackstac #168",
        "title": "x and y shifted half-a-pixel at read",
        "story": "pixels whose edges are no multiples of their size come out beside their place",
        "job": {"area": {"bbox": [300000, 6092310, 307710, 6100020], "bbox_crs": "EPSG:32719", "crs": "EPSG:32719",
                         "resolution": 30}},
        "right": ["bytes"],
        "peers": {"odc-stac": {"crs": "EPSG:32719", "resolution": 30},
                  "stackstac": {"epsg": 32719, "resolution": 30, "snap_bounds": True, "xy_coords": "topleft"}},
    },
    {
        "report": "gjoseph92/stackstac #152",
        "title": "Unexpected results? Strange array shapes? Missing data? Read here first.",
        "story": "the catalogue's proj:transform is not the file's",
        "metadata": {"0": {"proj:transform": [30.0, 0.0, 300615.0, 0.0, -30.0, 6099405.0]}},
        "right": ["bytes", "loss"], "names": ["0_red"],
    },
    {
        "report": "Element84/earth-search #9",
        "title": "Baseline 4.0 Offset Issue",
        "story": "raster:bands says offset -0.1, boa_offset_applied says that it is done: it is done",
        "collection": "sentinel-2-l2a", "encoding": {"scale": 0.0001, "offset": -0.1}, "truth": {"scale": 0.0001},
        "metadata": {"*": {"earthsearch:boa_offset_applied": True, "s2:processing_baseline": "05.10"}},
        "right": ["bytes"],
        "peers": {"rasterio": None},
    },
    {
        "report": "opendatacube/odc-stac #162",
        "title": "Unexpected .load() behaviour when nodata is not set",
        "story": "without nodata in the metadata, pixels beside the scene are 0: black, and clear in a quality layer",
        "scenes": [{"seed": 0, "date": "2021-06-01"}, {"seed": 1, "date": "2021-09-17", "at": [90, 60]}],
        "nodata": None, "quality": True,
        "right": ["bytes"],
    },
    {
        "report": "apache/druid #1147",
        "title": "Hadoop tasks can write out zero-byte files and complete \"successfully\"",
        "story": "the disk is full while results are written",
        "file_limit": 40,
        "right": ["loss"], "names": ["File too large|space"],
    },
    {
        "report": "alan-turing-institute/monitoring-ecosystem-resilience, check_for_existing_files",
        "title": "pyveg: a date is done when the number of its files is right",
        "story": "a result was emptied after it was made; as many files are there as there should be",
        "emptied": "s/red/2021-06-17.nc",
        "right": ["bytes"],
        "peers": {"odc-stac": None, "stackstac": None, "rasterio": None},
    },
]
