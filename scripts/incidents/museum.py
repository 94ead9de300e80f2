"""Shows public incidents of other tools to Apus and its peers: who gives the right bytes, or names what is lost?

    museum.py --list
    museum.py [--only REPORT ...] [--json] [--apus BINARY] [--peers PYTHON]

Ends with 1 when Apus is wrong about one. With --peers, an interpreter that has odc-stac, stackstac and rasterio, these
are asked too; what they do has no influence on the exit status.
"""
import argparse
import json
import sys

import apus
import peers
from incidents import INCIDENTS
from setting import with_setting


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="the names of the incidents")
    parser.add_argument("--only", action="append", metavar="REPORT", help="these incidents; any part of a name")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("--apus", metavar="BINARY")
    parser.add_argument("--peers", metavar="PYTHON")
    options = parser.parse_args()
    if options.list:
        return print("\n".join(incident["report"] for incident in INCIDENTS))
    chosen = [
        incident for incident in INCIDENTS
        if not options.only or any(part in incident["report"] for part in options.only)]
    if not chosen:
        sys.exit(f"there is no incident {options.only}")
    tools = (["apus"] if options.apus else []) + (peers.TOOLS if options.peers else [])
    rows, is_wrong = [], False
    for incident in chosen:
        row = [incident["report"]]
        for tool in tools:
            if tool == "apus":
                verdict, detail = with_setting(incident, lambda setting: apus.run(setting, options.apus))
                is_wrong = is_wrong or verdict == "WRONG"
            else:
                verdict, detail = with_setting(incident, lambda setting: peers.run(setting, options.peers, tool))
            row.append(verdict)
            if options.json:
                print(json.dumps({"report": incident["report"], "tool": tool, "verdict": verdict, "detail": detail}),
                      flush=True)
            else:
                print(f"{incident['report']}: {tool}: {verdict}" + (f" ({detail})" if detail else ""), file=sys.stderr,
                      flush=True)
        rows.append(row)
    if not options.json:
        table([["incident", *tools], *rows])
        for place, tool in enumerate(tools, 1):
            good = sum(1 for row in rows if row[place] in ("right bytes", "named loss"))
            asked = sum(1 for row in rows if row[place] != "-")
            print(f"{tool}: {good} of {asked} right bytes or a named loss")
    sys.exit(1 if is_wrong else 0)


def table(rows):
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


main()
