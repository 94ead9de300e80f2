"""Executes the notebook of the documentation in a new folder, beside a small run of Apus."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import nbclient
import nbformat

NOTEBOOK = pathlib.Path("Documentation/Notebooks/opening-results.ipynb")
CONFIG = {
    "pipeline": "notebook",
    "area": "native",
    "dates": {"start": "2021-01-01", "end": "2021-12-31"},
    "output": {"location": "out"},
    "sequences": [{
        "name": "landsat",
        "modules": [
            {"module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2"},
            {"module": "cloud_mask", "reject": ["fill", "cloud", "cloud_shadow"]},
            {"module": "ndvi", "save": True},
            {"module": "seasonal_mean", "of": "ndvi"},
        ],
    }],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apus", required=True)
    parser.add_argument("--write", action="store_true", help="put the results into the notebook")
    arguments = parser.parse_args()
    apus = os.path.abspath(arguments.apus)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        subprocess.run([apus, "simulate", "archive", "--dates", "6", "--size", "96x64", "--quiet"],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (path / "run.json").write_text(json.dumps(CONFIG))
        subprocess.run([apus, "run", "run.json", "--quiet"], cwd=folder, check=True)
        try:
            nbclient.NotebookClient(
                notebook, timeout=300, kernel_name="python3",
                resources={"metadata": {"path": folder}}).execute()
        except nbclient.exceptions.CellExecutionError as error:
            sys.exit(f"{NOTEBOOK}: {error}")
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            # Notices of the libraries name temporary files of the machine they came from.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    if arguments.write:
        nbformat.write(notebook, NOTEBOOK)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    print(f"{NOTEBOOK}: {cells} cells executed")


main()
