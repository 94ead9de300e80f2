"""azure_blob.py PORT CONTAINER…: an Azure Blob service in memory, on 127.0.0.1, for tests; nothing but Python's own.

Written from Microsoft's public REST reference. Account devstoreaccount1 with the emulators' public key, addresses
http://127.0.0.1:PORT/devstoreaccount1/CONTAINER/BLOB. Containers (create, delete, list blobs with prefix, delimiter
and paging), Put Blob (block and append), Put Block, Put Block List, Append Block with its conditions, Get and Head
with ranges and conditions, Delete; Shared Key and service SAS signatures are checked. No leases, snapshots, tiers.
Faults on request: faults.py.
"""
import base64
import datetime
import email.utils
import hashlib
import hmac
import re
import sys
import threading
import time
import uuid
import xml.etree.ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from faults import Faults, spoiled

ACCOUNT = "devstoreaccount1"
# The emulators' key, which everybody knows.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
PAGE = 100

containers = {}
lock = threading.RLock()
faults = Faults()


class Refusal(Exception):
    def __init__(self, status, code, message=""):
        self.status, self.code, self.message = status, code, message or code


class Blob:
    def __init__(self, kind, data=b""):
        self.kind, self.data, self.blocks, self.pending = kind, bytearray(data), {}, {}
        self.touch()

    def touch(self):
        self.time = email.utils.formatdate(time.time(), usegmt=True)
        self.etag = f'"0x{uuid.uuid4().int >> 68:X}"'


def signature(text):
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *words):
        pass

    def serve(self):
        address = urlsplit(self.path)
        self.query = dict(parse_qsl(address.query, keep_blank_values=True))
        self.raw = address.path
        self.body = self.read_body()
        self.action = None
        try:
            if address.path.startswith("/_"):
                return self.hook(address.path)
            fault = faults.take(self.command, self.path)
            if fault:
                self.action = fault["action"]
                if self.action == "slow":
                    faults.wait(fault)
                elif self.action == "drop":
                    self.close_connection = True
                    self.connection.close()
                    return None
                elif isinstance(self.action, int):
                    raise Refusal(self.action, "ServerBusy", "a fault on request")
            parts = unquote(address.path).lstrip("/").split("/", 2)
            if self.action == "replace":
                with lock:
                    blob = containers[parts[1]][parts[2]]
                    blob.data = bytearray(spoiled(blob.data, "replace"))
                    blob.touch()
            if parts[0] != ACCOUNT:
                raise Refusal(404, "AccountNotFound")
            self.container = parts[1] if len(parts) > 1 else ""
            self.blob = parts[2] if len(parts) > 2 else ""
            self.check_signature()
            with lock:
                self.route()
        except Refusal as refusal:
            text = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
            self.answer(refusal.status, {"x-ms-error-code": refusal.code}, text.encode())
        return None

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = serve

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, headers=None, body=b""):
        self.send_response(status)
        all_headers = {
            "x-ms-version": self.headers.get("x-ms-version", "2019-12-12"),
            "x-ms-request-id": str(uuid.uuid4()), "Content-Length": str(len(body)), **(headers or {}),
        }
        for name, value in all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hook(self, path):
        if path == "/_log":
            return self.answer(200, {}, faults.text().encode())
        if self.command == "POST":
            faults.add(self.body)
        elif self.command == "DELETE":
            faults.clear()
        return self.answer(200)

    # Signatures

    def check_signature(self):
        if "sig" in self.query:
            return self.check_shared_access()
        given = self.headers.get("Authorization", "")
        if not given:
            raise Refusal(401, "NoAuthenticationInformation")
        headers = {name.lower(): " ".join(value.split()) for name, value in self.headers.items()}
        length = headers.get("content-length", "")
        names = [
            "content-md5", "content-type", "date", "if-modified-since", "if-match", "if-none-match",
            "if-unmodified-since", "range",
        ]
        lines = [
            self.command, headers.get("content-encoding", ""), headers.get("content-language", ""),
            "" if length == "0" else length,
        ] + ["" if name == "date" and "x-ms-date" in headers else headers.get(name, "") for name in names]
        own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-ms-"))
        for path in (self.raw, unquote(self.raw)):
            resource = f"/{ACCOUNT}{path}" + "".join(
                f"\n{name.lower()}:{self.query[name]}" for name in sorted(self.query))
            expected = f"SharedKey {ACCOUNT}:" + signature("\n".join(lines) + "\n" + own + resource)
            if hmac.compare_digest(given, expected):
                return None
        raise Refusal(
            403, "AuthenticationFailed", "Server failed to authenticate the request. Signature mismatch.")

    def check_shared_access(self):
        get = lambda name: self.query.get(name, "")
        version = get("sv")
        resource = f"/{ACCOUNT}/{self.container}" + ("" if get("sr") == "c" else f"/{self.blob}")
        if version >= "2015-02-21":
            resource = "/blob" + resource
        fields = [get("sp"), get("st"), get("se"), resource, get("si")]
        if version >= "2015-04-05":
            fields += [get("sip"), get("spr")]
        fields += [version]
        if version >= "2018-11-09":
            fields += [get("sr"), ""]
        if version >= "2020-12-06":
            fields += [get("ses")]
        if version >= "2013-08-15":
            fields += [get(name) for name in ("rscc", "rscd", "rsce", "rscl", "rsct")]
        if not hmac.compare_digest(signature("\n".join(fields)), self.query["sig"]):
            raise Refusal(403, "AuthenticationFailed", "Signature did not match")
        now = datetime.datetime.now(datetime.timezone.utc)
        end = get("se")
        if end and datetime.datetime.fromisoformat(end.replace("Z", "+00:00")) < now:
            raise Refusal(403, "AuthenticationFailed", "Signature not valid in the specified time frame")
        needed = {"GET": "l" if get("comp") == "list" else "r", "HEAD": "r", "DELETE": "d"}
        if not set(needed.get(self.command, "wac")) & set(get("sp")):
            raise Refusal(403, "AuthorizationPermissionMismatch")

    # Operations

    def route(self):
        if self.container == "":
            raise Refusal(400, "InvalidUri")
        if self.blob == "":
            return self.route_container()
        if self.container not in containers:
            raise Refusal(404, "ContainerNotFound", "The specified container does not exist.")
        blobs = containers[self.container]
        method = {"GET": self.get, "HEAD": self.get, "PUT": self.put, "DELETE": self.delete}.get(self.command)
        if method is None:
            raise Refusal(405, "UnsupportedHttpVerb")
        return method(blobs, blobs.get(self.blob))

    def route_container(self):
        if self.command == "PUT":
            if self.container in containers:
                raise Refusal(409, "ContainerAlreadyExists")
            containers[self.container] = {}
            return self.answer(201)
        if self.container not in containers:
            raise Refusal(404, "ContainerNotFound", "The specified container does not exist.")
        if self.command == "DELETE":
            del containers[self.container]
            return self.answer(202)
        return self.list() if self.query.get("comp") == "list" else self.answer(200)

    def check_conditions(self, blob):
        match, none = self.headers.get("If-Match"), self.headers.get("If-None-Match")
        if match and (blob is None or match not in ("*", blob.etag)):
            raise Refusal(412, "ConditionNotMet")
        if none and blob is not None and none in ("*", blob.etag):
            raise Refusal(304 if self.command in ("GET", "HEAD") else 409, "BlobAlreadyExists")

    def put(self, blobs, blob):
        digest = self.headers.get("Content-MD5")
        if digest and base64.b64encode(hashlib.md5(self.body).digest()).decode() != digest:
            raise Refusal(400, "Md5Mismatch")
        self.body = spoiled(self.body, self.action)
        part = self.query.get("comp")
        if part == "block":
            blobs.setdefault(("pending", self.blob), {})[self.query["blockid"]] = self.body
            return self.answer(201)
        self.check_conditions(blob)
        if part == "blocklist":
            pending = blobs.pop(("pending", self.blob), {})
            old = blob.blocks if blob else {}
            made = Blob("BlockBlob")
            for element in xml.etree.ElementTree.fromstring(self.body):
                name = (element.text or "").strip()
                data = {"Latest": pending.get(name, old.get(name)), "Uncommitted": pending.get(name),
                        "Committed": old.get(name)}[element.tag]
                if data is None:
                    raise Refusal(400, "InvalidBlockList")
                made.data += data
                made.blocks[name] = data
            blobs[self.blob] = made
        elif part == "appendblock":
            if blob is None:
                raise Refusal(404, "BlobNotFound")
            if blob.kind != "AppendBlob":
                raise Refusal(409, "InvalidBlobType")
            place = self.headers.get("x-ms-blob-condition-appendpos")
            if place is not None and int(place) != len(blob.data):
                raise Refusal(412, "AppendPositionConditionNotMet")
            blob.data += self.body
            blob.touch()
            made = blob
        elif part is not None:
            raise Refusal(501, "NotImplemented")
        else:
            kind = self.headers.get("x-ms-blob-type")
            if kind not in ("BlockBlob", "AppendBlob"):
                raise Refusal(400, "MissingRequiredHeader", "x-ms-blob-type")
            if blob is not None and blob.kind != kind:
                raise Refusal(409, "InvalidBlobType")
            made = blobs[self.blob] = Blob(kind, self.body)
        return self.answer(201, {"ETag": made.etag, "Last-Modified": made.time})

    def get(self, blobs, blob):
        if blob is None:
            raise Refusal(404, "BlobNotFound", "The specified blob does not exist.")
        self.check_conditions(blob)
        headers = {
            "ETag": blob.etag, "Last-Modified": blob.time, "Accept-Ranges": "bytes", "x-ms-blob-type": blob.kind,
            "Content-Type": "application/octet-stream",
        }
        size = len(blob.data)
        if self.command == "HEAD":
            return self.answer(200, {**headers, "Content-Length": str(size)})
        asked = self.headers.get("x-ms-range") or self.headers.get("Range") or ""
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
        if not match:
            return self.answer(200, headers, bytes(blob.data))
        first, last = int(match[1]), min(int(match[2]) if match[2] else size - 1, size - 1)
        if first >= size:
            raise Refusal(416, "InvalidRange")
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        return self.answer(206, headers, bytes(blob.data[first : last + 1]))

    def delete(self, blobs, blob):
        if blob is None:
            raise Refusal(404, "BlobNotFound", "The specified blob does not exist.")
        self.check_conditions(blob)
        del blobs[self.blob]
        return self.answer(202)

    def list(self):
        blobs = containers[self.container]
        get = lambda name: self.query.get(name, "")
        prefix, delimiter, marker = get("prefix"), get("delimiter"), get("marker")
        limit = min(int(get("maxresults") or PAGE), PAGE)
        entries, seen, following = [], set(), ""
        for name in sorted(name for name in blobs if isinstance(name, str) and name.startswith(prefix)):
            cut = name.find(delimiter, len(prefix)) if delimiter else -1
            shown = name if cut < 0 else name[: cut + len(delimiter)]
            if shown in seen or shown < marker:
                continue
            if len(entries) >= limit:
                following = shown
                break
            seen.add(shown)
            if shown != name:
                entries.append(f"<BlobPrefix><Name>{escape(shown)}</Name></BlobPrefix>")
                continue
            blob = blobs[name]
            entries.append(
                f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{blob.time}</Last-Modified>"
                f"<Etag>{escape(blob.etag)}</Etag><Content-Length>{len(blob.data)}</Content-Length>"
                f"<Content-Type>application/octet-stream</Content-Type><BlobType>{blob.kind}</BlobType>"
                "</Properties></Blob>")
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{self.container}">'
            f"<Prefix>{escape(prefix)}</Prefix><MaxResults>{limit}</MaxResults><Blobs>{''.join(entries)}</Blobs>"
            f"<NextMarker>{escape(following)}</NextMarker></EnumerationResults>")
        return self.answer(200, {"Content-Type": "application/xml"}, text.encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    for name in sys.argv[2:]:
        containers[name] = {}
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
