"""Measures Apus beside its peers on the same files; see scripts/bench."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import sys

import archives
import contestants
import measure
import report
import targets
import tools
from tools import say

# Dates, columns, rows. The full size is the reference notebook's cube.
SIZES = {"small": (24, 2048, 2048), "medium": (36, 4096, 4096), "full": (45, 6685, 7607)}
TOLERANCE = 1e-6
PLAN_SCENES, PLAN_SIDE, PLAN_CHUNK = 1000, 51200, 512
START_UPS = 20
FAR_BEHIND = 1.25
PARTS = ("odc-stac", "gdal", "cdo", "scaling", "ndvi", "median", "dilate", "plan", "start-up")


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures Apus beside its peers on the same files, warm cache.")
    parser.add_argument("--size", choices=SIZES, default="small", help="of the archive (default: small)")
    parser.add_argument("--archive", type=pathlib.Path, help="an existing directory of apus simulate")
    parser.add_argument("--work", type=pathlib.Path, help="where to work (default: out/bench/SIZE)")
    parser.add_argument("--apus", type=pathlib.Path, help="the program, instead of building it")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program (default: 3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each program (default: 2)")
    parser.add_argument("--memory", default="256MiB", help="apus' memory limit (default: 256MiB)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument(
        "--without", choices=PARTS, action="append", default=[], help="leave out; may be repeated")
    chosen = parser.parse_args()
    if chosen.runs < 1 or chosen.threads < 1:
        parser.error("--runs and --threads are at least 1")
    chosen.work = (chosen.work or tools.ROOT / "out" / "bench" / chosen.size).resolve()
    return chosen


class Bench:
    def __init__(self, chosen):
        self.chosen = chosen
        self.notes = []
        self.has = lambda name: name not in chosen.without

    def prepare(self):
        chosen, work = self.chosen, self.chosen.work
        self.load = os.getloadavg()[0]
        self.apus = tools.apus(chosen.apus)
        # Agreement is checked with the peers' Python, whether or not they take part.
        self.python = tools.python()
        version = tools.call([self.apus, "--version"], "apus --version").strip()
        self.versions = {"apus": version, **tools.python_versions(self.python)}
        processors = measure.pin(chosen.threads)
        if processors < chosen.threads:
            self.notes.append(f"{chosen.threads} threads share {processors} processors")
        dates, columns, rows = SIZES[chosen.size]
        if chosen.archive:
            self.archive = archives.Archive(chosen.archive)
        else:
            say("making the archive, unless it is there")
            self.archive = archives.simulated(self.apus, work / "archive", dates, columns, rows)
        if self.has("scaling"):
            # A quarter of the area: the main archive is its fourfold.
            self.quarter = archives.simulated(
                self.apus, work / "quarter", self.archive.dates, -(-self.archive.columns // 2),
                -(-self.archive.rows // 2))
            self.four_years = archives.repeated(self.quarter, work / "quarter-dates-4", 4)
        self.enter()
        if self.load > 0.5:
            self.notes.append(f"the machine was not idle: load {self.load:.1f} at the start")

    def enter(self):
        """The contestants in the order of each round."""
        field = contestants.Field(self.apus, self.chosen.work, self.chosen.threads, self.chosen.memory)
        self.main = field.apus("apus", "apus, the job", self.archive)
        self.peers, self.field = [], [self.main]
        self.alone = None
        self.decode = self.cdo = self.ndvi = self.median = self.dilated = self.base = self.longer = None
        if self.has("odc-stac"):
            self.peers = [
                field.odc_stac(self.python, self.archive, *variant) for variant in contestants.PEERS]
            if "\n  count:" in tools.call([self.apus, "modules", "seasonal_mean"], "apus modules"):
                self.alone = field.apus(
                    "apus-alone", "apus, the mean alone, as odc-stac's job writes it", self.archive,
                    is_counted=False)
                self.field.append(self.alone)
            else:
                self.notes.append("this apus cannot leave out the counts")
            self.field += self.peers
        if self.has("gdal"):
            self.decode = field.decode(tools.decode(), self.archive)
            self.field.append(self.decode)
        if self.has("scaling"):
            self.base = field.apus("apus-quarter", "apus, a quarter of the area", self.quarter)
            self.longer = field.apus(
                "apus-dates-4", "apus, that quarter with four times the dates", self.four_years)
            self.field += [self.base, self.longer]
        if self.has("ndvi"):
            self.ndvi = field.apus(
                "apus-ndvi", "apus, NDVI of every date saved too", self.archive, save_ndvi=True)
            self.field.append(self.ndvi)
            program = tools.cdo() if self.has("cdo") else None
            if program:
                self.versions["cdo"] = tools.cdo_version(program)
                self.cdo = field.cdo(program, self.ndvi)
                self.field.append(self.cdo)
        if self.has("median"):
            modules = tools.call([self.apus, "modules"], "apus modules")
            if any(line.split()[:1] == ["seasonal_median"] for line in modules.splitlines()):
                self.median = field.apus(
                    "apus-median", "apus, seasonal median", self.archive, reduction="seasonal_median")
                self.field.append(self.median)
            else:
                self.notes.append("this apus has no seasonal_median")

        if self.has("dilate"):
            self.dilated = field.apus(
                "apus-dilate", "apus, with what the mask rejects grown by 3 pixels", self.archive, dilate=3)
            self.field.append(self.dilated)

    def race(self):
        """Rounds of one run each, so that a change of the machine's speed meets all alike."""
        for turn in range(self.chosen.runs):
            for one in self.field:
                # A variant that is much slower than the peer's best need not run again.
                if turn > 0 and one in self.peers and one.wall > FAR_BEHIND * self.best.wall:
                    continue
                run = one.measure()
                figures = f"{report.seconds(run.wall)}, {report.memory(run.peak)}"
                say(f"{turn + 1}/{self.chosen.runs} {one.title}: {figures}")
            self.best = min(self.peers, key=lambda peer: peer.wall, default=None)

    def plan(self):
        """`apus plan` of many scenes that exist on paper only."""
        work = self.chosen.work
        archive = archives.described(self.archive, work / "described", PLAN_SCENES, PLAN_SIDE)
        path = contestants.config(archive, work / "runs" / "plan.json", resources={"chunk": PLAN_CHUNK})
        one = measure.Contestant(
            "apus-plan", "apus plan, 1,000 scenes × 10,000 chunks",
            [self.apus, "plan", path, "--json"], work / "runs" / "plan")
        for _ in range(max(3, self.chosen.runs)):
            one.measure()
        sequence = json.loads(one.results.with_suffix(".log").read_text())["sequences"][0]
        found = sequence["scenes"], sequence["chunks"]["count"]
        if found != (PLAN_SCENES, (PLAN_SIDE // PLAN_CHUNK) ** 2):
            raise measure.BenchError(f"apus plan found {found[0]} scenes and {found[1]} chunks")
        return one

    def start_up(self):
        one = measure.Contestant(
            "apus-help", "apus --help", [self.apus, "--help"], self.chosen.work / "runs" / "help")
        for _ in range(START_UPS):
            one.measure()
        return one

    def agreement(self):
        mean = contestants.product(self.main, "ndvi_seasonal_mean")
        asked = []

        def ask(name, a, b, kind="seasons"):
            asked.append({"name": name, "kind": kind, "a": a, "b": b})

        if self.best:
            theirs = [str(self.best.results / "mean.nc"), "ndvi_seasonal_mean"]
            ask("mean: apus, odc-stac", mean, theirs)
            if self.alone:
                ask("mean: apus without counts, odc-stac", contestants.product(
                    self.alone, "ndvi_seasonal_mean"), theirs)
        if self.cdo:
            ask("mean: apus, CDO from apus' NDVI", mean, [str(self.cdo.results / "mean.nc"), "ndvi"])
        if self.ndvi:
            ask("mean: apus, apus saving NDVI", mean, contestants.product(self.ndvi, "ndvi_seasonal_mean"))
        if self.longer:
            ask("mean: a quarter of the area, the same four times", contestants.product(
                self.base, "ndvi_seasonal_mean"), contestants.product(self.longer, "ndvi_seasonal_mean"))
        if self.median and self.ndvi:
            ask("median: apus, numpy on some rows", contestants.product(self.median, "ndvi_seasonal_median"),
                [contestants.date_files(self.ndvi, "ndvi"), "ndvi"], kind="median")
        say("comparing results")
        request = self.chosen.work / "runs" / "agreement-asked.json"
        answer = self.chosen.work / "runs" / "agreement-found.json"
        request.write_text(json.dumps({"tolerance": TOLERANCE, "comparisons": asked}))
        tools.call([self.python, tools.HERE / "agreement.py", request, answer], "comparing results")
        return json.loads(answer.read_text())

    def run(self):
        self.prepare()
        self.race()
        plan = self.plan() if self.has("plan") else None
        start_up = self.start_up() if self.has("start-up") else None
        verdicts = self.agreement()
        rows = targets.rows(self, plan, start_up)
        times = contestants.worker_seconds(self.main)
        everyone = self.field + [one for one in (plan, start_up) if one]
        archive = self.archive
        title = (f"{archive.dates} dates of {archive.columns} × {archive.rows}, {len(archive.files)} files, "
                 f"{archive.bytes / 1e9:.2f} GB; {self.chosen.threads} threads, warm cache, medians of "
                 f"{self.chosen.runs}")
        self.show(title, rows, everyone, times, verdicts)
        if self.chosen.json:
            document = {
                "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                "machine": {
                    "processor": processor(), "processors": os.cpu_count(), "system": platform.platform(),
                    "load_at_start": self.load},
                "versions": self.versions, "archive": archive.json(), "threads": self.chosen.threads,
                "memory": self.chosen.memory, "runs": self.chosen.runs,
                "targets": [row.json() for row in rows],
                "programs": {one.name: one.json() for one in everyone}, "worker_seconds": times,
                "agreement": {"tolerance": TOLERANCE, "comparisons": verdicts}, "notes": self.notes,
            }
            self.chosen.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return all(verdict["agrees"] for verdict in verdicts)

    def show(self, title, rows, everyone, times, verdicts):
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        parts = [title, report.targets(rows), report.contestants(everyone),
                 report.shares(times, "the job")]
        if self.ndvi:
            parts.append(report.shares(
                contestants.worker_seconds(self.ndvi), "the job that saves NDVI of every date as well"))
        parts += [report.agreement(verdicts), f"{processor()}; {versions}"]
        if self.notes:
            parts.append("\n".join(f"Note: {note}." for note in self.notes))
        print("\n\n".join(parts))


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    try:
        if not Bench(arguments()).run():
            say("bench: results disagree")
            return 1
    except (measure.BenchError, OSError) as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
