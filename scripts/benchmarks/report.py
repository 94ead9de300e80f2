"""The table of targets and results, as Markdown and as values for JSON."""

MIB = 1 << 20


class Row:
    """One line: what is measured, the target as words and as a limit, the measured value."""

    def __init__(self, measure, target, value, unit, limit=None, is_least=False, detail=""):
        self.measure, self.target, self.value, self.unit = measure, target, value, unit
        self.limit, self.is_least, self.detail = limit, is_least, detail

    @property
    def is_met(self):
        if self.limit is None or self.value is None:
            return None
        return self.value >= self.limit if self.is_least else self.value <= self.limit

    @property
    def measured(self):
        if self.value is None:
            return "not measured"
        formats = {"x": f"{self.value:.2f}×", "s": seconds(self.value), "bytes": memory(self.value)}
        return formats[self.unit]

    def json(self):
        return {
            "measure": self.measure, "target": self.target, "limit": self.limit, "value": self.value,
            "unit": self.unit, "met": self.is_met, "detail": self.detail,
        }


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"


def memory(value):
    return f"{value / MIB:.0f} MiB"


def targets(rows):
    lines = ["| | target | measured | met | |", "| --- | --- | --- | --- | --- |"]
    words = {True: "yes", False: "**no**", None: "–"}
    for row in rows:
        cells = [row.measure, row.target, row.measured, words[row.is_met], row.detail]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def contestants(field):
    lines = ["| program | wall, median | from … to | processor | peak memory | runs |", "| --- " * 6 + "|"]
    for one in field:
        walls = [run.wall for run in one.runs]
        lines.append(
            f"| {one.title} | {seconds(one.wall)} | {seconds(min(walls))} … {seconds(max(walls))} | "
            f"{seconds(one.cpu)} | {memory(one.peak)} | {len(walls)} |")
    return "\n".join(lines)


def shares(times, job):
    """Worker time of a job by stage; `times` is summary.json's `worker_seconds`."""
    total = sum(times.values())
    if total <= 0:
        return "This apus does not report where its workers spend their time."
    lines = [f"| stage of {job} | worker time | share |", "| --- | --- | --- |"]
    for stage, value in times.items():
        lines.append(f"| {stage} | {seconds(value)} | {100 * value / total:.0f} % |")
    return "\n".join(lines)


def agreement(verdicts):
    lines = [
        "| results compared | values | missing in one only | largest difference | agree |",
        "| --- " * 5 + "|",
    ]
    for one in verdicts:
        words = "yes" if one["agrees"] else f"**no** {one.get('reason', '')}"
        lines.append(
            f"| {one['name']} | {one['values']:,} | {one['missing_in_one']:,} | "
            f"{one['largest_difference']:.1e} | {words} |")
    return "\n".join(lines)
