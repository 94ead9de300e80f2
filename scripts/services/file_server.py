#!/usr/bin/env python3
"""A web server for a folder that can be slow, unreliable and wrong on purpose (standard library only).

  file_server.py FOLDER [--port N] [options]      prints "READY PORT" and serves until it is killed

  --latency MS          waits before every answer
  --gather N            answers but the first wait until N requests are there at once (half a minute at most)
  --fail P --seed N     a part P of the requests fails: 503, 429 with Retry-After, dropped at once, dropped in the
                        middle of the body, or cut short; which ones depends on the seed, the path, the range and how
                        often it was asked for, not on time
  --kinds LIST          the ways in which --fail fails: busy, slow_down, drop, drop_inside, short; missing (404)
  --broken TEXT         every request whose path contains TEXT fails with --broken-status (503)
  --broken-from N       only requests for ranges that reach byte N or later, so that a file can be opened
  --gone-after N        after N requests every connection ends without an answer, as if the server had gone
  --forbid-after N      after N requests every path answers 403, unless the query holds a token handed out later
  --wrong-length TEXT   paths that contain TEXT announce more bytes than they send
  --portal TEXT         paths that contain TEXT answer 200 with an HTML page
  --ignore-range        the whole file, whatever range is asked for
  --token-ttl SECONDS   also serves /api/sas/v1/token/ACCOUNT/CONTAINER; files are then only for requests that carry a
                        valid token (se, sig), and after --token-uses requests with one token it is no longer valid
  --bearer TEXT         files are only for requests with "Authorization: Bearer TEXT"
  --log FILE            one JSON line a request

GET /_stats gives counts as JSON. /_change?path=P changes the ETag of a file."""
import argparse
import email.utils
import hashlib
import json
import os
import socket
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--gather", type=int, default=0)
    parser.add_argument("--fail", type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="busy,slow_down,drop,drop_inside,short")
    parser.add_argument("--broken", default="")
    parser.add_argument("--broken-from", type=int, default=0)
    parser.add_argument("--gone-after", type=int, default=0)
    parser.add_argument("--broken-status", type=int, default=503)
    parser.add_argument("--forbid-after", type=int, default=0)
    parser.add_argument("--wrong-length", default="")
    parser.add_argument("--portal", default="")
    parser.add_argument("--ignore-range", action="store_true")
    parser.add_argument("--token-ttl", type=float, default=0)
    parser.add_argument("--token-uses", type=int, default=0)
    parser.add_argument("--bearer", default="")
    parser.add_argument("--log", default="")
    return parser.parse_args()


class State:
    def __init__(self):
        self.lock = threading.Lock()
        self.tries = {}
        self.counts = {}
        self.tokens = {}
        self.changed = set()
        self.busy = 0
        self.log = None
        self.gathered = threading.Event()

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + number

    def next_try(self, key):
        with self.lock:
            self.tries[key] = self.tries.get(key, 0) + 1
            return self.tries[key]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.serve(has_body=False)

    def do_GET(self):
        self.serve(has_body=True)

    def serve(self, has_body):
        state, options = self.server.state, self.server.options
        self.went_wrong = None
        with state.lock:
            state.busy += 1
            at_once = state.busy
            if at_once >= options.gather:
                state.gathered.set()
            state.counts["most_at_once"] = max(state.counts.get("most_at_once", 0), state.busy)
        try:
            if state.counts.get("requests", 0) > 0 and not self.path.startswith("/_"):
                state.gathered.wait(30 if options.gather else 0)
            if options.latency:
                time.sleep(options.latency / 1000)
            url = urlsplit(self.path)
            status = self.answer(unquote(url.path), url.query, parse_qs(url.query), has_body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            status = -1
        finally:
            with state.lock:
                state.busy -= 1
                state.counts[str(status)] = state.counts.get(str(status), 0) + 1
                if state.log:
                    line = {"method": self.command, "path": self.path, "range": self.headers.get("Range"),
                            "status": status, "fault": self.went_wrong, "at_once": at_once, "time": time.time()}
                    state.log.write(json.dumps(line) + "\n")
                    state.log.flush()

    def answer(self, path, query, parameters, has_body):
        state, options = self.server.state, self.server.options
        if path == "/_stats":
            with state.lock:
                return self.send(200, json.dumps(state.counts).encode(), "application/json")
        if path == "/_change":
            state.changed.add(parameters["path"][0])
            return self.send(200, b"")
        state.count("requests")
        if path.startswith("/api/sas/v1/token/") and options.token_ttl:
            return self.token(path)
        if options.token_ttl and not self.is_signed(parameters):
            return self.send(403, b"<Error><Code>AuthenticationFailed</Code></Error>", "application/xml")
        if options.bearer and self.headers.get("Authorization") != "Bearer " + options.bearer:
            # Some servers repeat what they refuse.
            return self.send(401, ("who is " + str(self.headers.get("Authorization"))).encode())
        if options.forbid_after and state.counts["requests"] > options.forbid_after:
            return self.send(403, b"enough")
        if options.gone_after and state.counts["requests"] > options.gone_after:
            return self.hang_up()
        if options.broken and options.broken in path and self.range_end() >= options.broken_from:
            return self.send(options.broken_status, b"<html>out of order</html>", "text/html")
        if options.portal and options.portal in path:
            return self.send(200, b"<html>Please sign in to the hotel's network</html>", "text/html")
        return self.file(path, has_body)

    def range_end(self):
        """The last byte that is asked for; infinity for all there are."""
        end = self.headers.get("Range", "").rpartition("-")[2]
        return int(end) if end else float("inf")

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
        return 0

    def token(self, path):
        state, options = self.server.state, self.server.options
        state.count("tokens")
        if self.fault("token" + path):
            return self.send(503, b"later")
        end = datetime.now(timezone.utc) + timedelta(seconds=options.token_ttl)
        expiry = end.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with state.lock:
            signature = hashlib.sha256(f"{expiry}{len(state.tokens)}".encode()).hexdigest()
            state.tokens[signature] = [end.timestamp(), 0]
        token = urlencode({"se": expiry, "sp": "rl", "sr": "c", "sig": signature})
        answer = {"msft:expiry": end.strftime("%Y-%m-%dT%H:%M:%SZ"), "token": token}
        return self.send(200, json.dumps(answer).encode(), "application/json")

    def is_signed(self, parameters):
        state, options = self.server.state, self.server.options
        with state.lock:
            token = state.tokens.get(parameters.get("sig", [""])[0])
            if token is None or token[0] < time.time():
                return False
            token[1] += 1
            return not options.token_uses or token[1] <= options.token_uses

    def fault(self, key):
        """What goes wrong with this request, if anything: one of --kinds, the same in every run of a seed."""
        state, options = self.server.state, self.server.options
        if not options.fail:
            return None
        number = state.next_try(key)
        digest = hashlib.sha256(f"{options.seed} {key} {number}".encode()).digest()
        if int.from_bytes(digest[:6], "big") / 2**48 >= options.fail:
            return None
        kinds = options.kinds.split(",")
        return kinds[digest[7] % len(kinds)]

    def file(self, path, has_body):
        state, options = self.server.state, self.server.options
        name = os.path.normpath(os.path.join(self.server.folder, path.lstrip("/")))
        if not name.startswith(self.server.folder + os.sep) or not os.path.isfile(name):
            return self.send(404, b"not here")
        size = os.path.getsize(name)
        modified = os.path.getmtime(name)
        tag = '"%x-%x%s"' % (size, int(modified * 1000), "-changed" if path in state.changed else "")
        asked = self.headers.get("Range", "")
        first, last = 0, size - 1
        is_part = asked.startswith("bytes=") and not options.ignore_range
        if is_part and self.headers.get("If-Match", tag) != tag:
            return self.send(412, b"it changed")
        if is_part:
            start, _, end = asked[6:].partition("-")
            if start:
                first, last = int(start), min(int(end), size - 1) if end else size - 1
            else:
                first = max(0, size - int(end))
            if first > last:
                return self.send(416, b"", extra={"Content-Range": f"bytes */{size}"})
        fault = self.fault(f"{path} {asked}") if has_body else None
        if fault == "short" and not is_part:
            # Nobody could see that a body without a range is not the whole.
            fault = "drop_inside"
        self.went_wrong = fault
        if fault == "busy":
            return self.send(503, b"<html>try later</html>", "text/html")
        if fault == "slow_down":
            return self.send(429, b"slow down", extra={"Retry-After": "0"})
        if fault == "missing":
            return self.send(404, b"not here")
        if fault == "drop":
            return self.hang_up()
        length = last - first + 1
        self.send_response(206 if is_part else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", email.utils.formatdate(modified, usegmt=True))
        self.send_header("Accept-Ranges", "none" if options.ignore_range else "bytes")
        is_wrong = options.wrong_length and options.wrong_length in path
        sent = length // 2 if fault in ("drop_inside", "short") or is_wrong else length
        # "short": announced and sent are the same, and less than what was asked for.
        announced = sent if fault == "short" else length
        if is_part:
            end = first + announced - 1
            self.send_header("Content-Range", f"bytes {first}-{end}/{size}")
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        if has_body and sent > 0:
            self.wfile.flush()
            with open(name, "rb") as file:
                self.connection.sendfile(file, first, sent)
            state.count("bytes", sent)
        if sent < announced and has_body:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        return 206 if is_part else 200

    def send(self, status, body, kind="text/plain", extra=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return status


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


def main():
    options = arguments()
    server = Server(("127.0.0.1", options.port), Handler)
    server.options = options
    server.folder = os.path.abspath(options.folder)
    server.state = State()
    if options.log:
        server.state.log = open(options.log, "a")
    print("READY", server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
