"""Faults on request, for servers that tests run against.

POST /_fault with {"method": "PUT", "path": REGEX, "after": N, "times": M, "action": A} spoils M requests after the
first N that match (path with query); actions: a status number, "corrupt" (one byte of what is stored differs),
"truncate" (the second half is not stored), "drop" (the connection ends without an answer), "slow" (the request waits for
"seconds", or until faults are forgotten), "replace" (the object has another content from now on, of the same size).
GET /_log gives the requests so far, one a line, GET /_done those that have been carried out (s3-moto only); DELETE
/_fault forgets faults and requests.
"""
import json
import re
import threading


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.rules = []
        self.log = []
        self.done = []

    def add(self, text):
        rule = json.loads(text)
        rule["pattern"] = re.compile(rule.get("path", ""))
        rule.setdefault("after", 0)
        rule.setdefault("times", 1)
        rule["forgotten"] = threading.Event()
        with self.lock:
            self.rules.append(rule)

    def clear(self):
        with self.lock:
            for rule in self.rules:
                rule["forgotten"].set()
            self.rules.clear()
            self.log.clear()
            self.done.clear()

    def take(self, method, path):
        """The fault that this request gets, or None."""
        with self.lock:
            self.log.append(f"{method} {path}")
            for rule in self.rules:
                if rule.get("method", method) != method or not rule["pattern"].search(path):
                    continue
                if rule["after"] > 0:
                    rule["after"] -= 1
                    continue
                if rule["times"] > 0:
                    rule["times"] -= 1
                    return rule
        return None

    def wait(self, rule):
        """Has a slow request wait."""
        rule["forgotten"].wait(rule.get("seconds", 1))

    def finish(self, method, path):
        """Notes that a request was carried out: what it stores is stored."""
        with self.lock:
            self.done.append(f"{method} {path}")

    def text(self, done=False):
        with self.lock:
            return "".join(line + "\n" for line in (self.done if done else self.log))


def spoiled(body, action):
    """What is stored of a body."""
    if action == "truncate":
        return body[: len(body) // 2]
    if action == "replace":
        return bytes(byte ^ 0xFF for byte in body)
    if action == "corrupt" and body:
        place = len(body) // 2
        return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    return body
