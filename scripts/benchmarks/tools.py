"""Brings in the programs that are compared: Apus, the Python peers, GDAL's decode, CDO."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import measure

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = ROOT / ".tools"
# Without version numbers: the comparison is with what the peers can do today. The report names the versions.
PACKAGES = ("odc-stac", "dask", "xarray", "flox", "rasterio", "netCDF4", "numpy")


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(command, what):
    """Runs a preparing command; its output is shown only when it fails."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise measure.BenchError(f"{what} failed:\n{done.stdout[-2000:]}")
    return done.stdout


def apus(path):
    """The binary: the one given, or the release build."""
    if path is None:
        say("building apus")
        done = subprocess.run([ROOT / "scripts" / "build"], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise measure.BenchError("scripts/build failed")
        path = done.stdout.splitlines()[-1]
    path = pathlib.Path(path).resolve()
    if not os.access(path, os.X_OK):
        raise measure.BenchError(f"there is no program {path}")
    return path


def python(name="bench-python", packages=PACKAGES):
    """The interpreter of a virtual environment that has the peers."""
    home = TOOLS / name
    interpreter = home / "bin" / "python"
    stamp = home / f"installed-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    if not stamp.exists():
        say(f"installing {', '.join(packages)} into {home.relative_to(ROOT)}")
        shutil.rmtree(home, ignore_errors=True)
        call([sys.executable, "-m", "venv", home],
             "making a virtual environment (Debian: apt install python3-venv)")
        call([interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
             "installing the peers from PyPI")
        stamp.touch()
    return interpreter


def python_versions(interpreter):
    names = ",".join(repr(name) for name in PACKAGES)
    code = (f"import importlib.metadata as m, sys; print('python', sys.version.split()[0]);"
            f"[print(n, m.version(n)) for n in ({names})];"
            f"import rasterio; print('rasterio-gdal', rasterio.__gdal_version__)")
    return dict(line.split() for line in call([interpreter, "-c", code], "importing the peers").splitlines())


def decode():
    """The C program that reads every block through GDAL; built anew when its source is newer."""
    source, program = HERE / "decode.c", TOOLS / "bench-decode"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        say("building the decoder")
        TOOLS.mkdir(exist_ok=True)
        compiler = shutil.which("cc") or shutil.which("clang")
        if compiler is None:
            raise measure.BenchError("there is no C compiler (cc or clang)")
        flags = call(["pkg-config", "--cflags", "--libs", "gdal"], "asking pkg-config for gdal").split()
        command = [compiler, "-O2", "-Wall", "-Werror", "-o", program, source, *flags, "-lpthread"]
        call(command, "compiling decode.c")
    return program


def cdo():
    """CDO, installed from Debian when missing; None where that is not possible."""
    if shutil.which("cdo") is None:
        say("installing cdo")
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        try:
            call([*sudo, "apt-get", "update", "-qq"], "apt-get update")
            install = ["install", "-y", "-qq", "--no-install-recommends", "cdo"]
            call([*sudo, "apt-get", *install], "installing cdo")
        except (measure.BenchError, OSError) as error:
            say(f"going on without cdo: {error}")
    return shutil.which("cdo")


def cdo_version(program):
    done = subprocess.run(
        [program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # "Climate Data Operators version 2.1.1 (https://…)"
    words = done.stdout.split()
    return words[words.index("version") + 1] if "version" in words[:-1] else "of an unknown version"
