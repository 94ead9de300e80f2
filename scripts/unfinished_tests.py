"""Prints the tests that began and did not end, from the event stream of `swift test`: called by scripts/test."""

import json
import sys

running = {}
with open(sys.argv[1], errors="replace") as stream:
    for line in stream:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the last line of a process that was killed
        event = record.get("payload", {})
        if record.get("kind") != "event" or "/" not in event.get("testID", ""):
            continue
        key = event["testID"], event.get("_testCase", {}).get("id")
        if event["kind"] in ("testStarted", "testCaseStarted"):
            running[key] = event["messages"][0]["text"] if event["messages"] else event["testID"]
        elif event["kind"] in ("testEnded", "testCaseEnded", "testSkipped"):
            running.pop(key, None)
for text in running.values():
    print("  " + text.removesuffix(" started."))
