"""s3_moto.py PORT BUCKET…: an S3 server (moto) on 127.0.0.1 that checks signatures, with faults on request.

GET /_keys gives the access key as {"id": …, "secret": …} once the server is ready, 503 before.
POST /_age with {"path": PART, "seconds": N} makes objects look older. See faults.py.
"""
import calendar
import datetime
import hashlib
import hmac
import io
import json
import sys
import threading
import time
from urllib.parse import parse_qsl, quote

import boto3
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from faults import Faults, spoiled


class Front:
    """Hands requests on to moto, but for those that meet a fault."""

    def __init__(self):
        self.app = DomainDispatcherApplication(create_backend_app)
        self.faults = Faults()
        self.keys = None
        # What the store made of a spoiled object must look as if it were whole to everyone but its reader.
        self.lock = threading.Lock()

    def __call__(self, environ, start):
        path = environ["PATH_INFO"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if path.startswith("/_"):
            return self.hook(environ, start, path, environ["wsgi.input"].read(length))
        query = environ.get("QUERY_STRING")
        request = environ["REQUEST_METHOD"], path + ("?" + query if query else "")
        return self.answer(environ, start, path, query, length, request, self.faults.take(*request))

    def carry_out(self, environ, start, request):
        """Has moto answer a request; then it is done."""
        answer = self.app(environ, start)
        self.faults.finish(*request)
        return answer

    def answer(self, environ, start, path, query, length, request, fault):
        if "X-Amz-Signature=" in (query or "") and not self.is_signed(environ):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>SignatureDoesNotMatch</Code><Message>not this link</Message></Error>"]
        if fault is None:
            return self.carry_out(environ, start, request)
        body = environ["wsgi.input"].read(length)
        action = fault["action"]
        if action == "slow":
            self.faults.wait(fault)
        elif action == "drop":
            environ["werkzeug.socket"].close()
            start("500 Dropped", [])
            return []
        elif action == "replace":
            self.replace(path)
        elif action in ("corrupt", "truncate"):
            # The signature was of the whole body: the store behind it lost a part.
            answer = []
            environ["wsgi.input"] = io.BytesIO(body)
            result = list(self.app(environ, lambda *words: answer.append(words)))
            self.spoil(path, query, action)
            start(*answer[0])
            return result
        else:
            start(f"{action} Injected", [("Content-Type", "application/xml")])
            return [b"<Error><Code>Injected</Code><Message>a fault on request</Message></Error>"]
        environ["wsgi.input"] = io.BytesIO(body)
        return self.carry_out(environ, start, request)

    def is_signed(self, environ):
        """Whether a signed link is right; moto then sees a request with a signature in its headers, all it knows."""
        parameters = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        given = parameters.pop("X-Amz-Signature")
        date, host = parameters["X-Amz-Date"], environ["HTTP_HOST"]
        key, scope = parameters["X-Amz-Credential"].split("/", 1)
        encoded = lambda text: quote(text, safe="-_.~")
        path = quote(environ["PATH_INFO"], safe="/-_.~")
        canonical = "\n".join([
            environ["REQUEST_METHOD"], path,
            "&".join(f"{encoded(name)}={encoded(parameters[name])}" for name in sorted(parameters)),
            f"host:{host}\n", "host", "UNSIGNED-PAYLOAD"])
        text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        digest = ("AWS4" + self.keys["secret"]).encode()
        for word in scope.split("/") + [text]:
            digest = hmac.new(digest, word.encode(), hashlib.sha256).digest()
        end = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) + int(parameters["X-Amz-Expires"])
        if key != self.keys["id"] or not hmac.compare_digest(given, digest.hex()) or time.time() > end:
            return False
        request = AWSRequest(environ["REQUEST_METHOD"], f"http://{host}{path}")
        credentials = Credentials(self.keys["id"], self.keys["secret"])
        S3SigV4Auth(credentials, "s3", scope.split("/")[1]).add_auth(request)
        for name, value in request.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        environ["QUERY_STRING"] = ""
        environ["REQUEST_URI"] = environ["RAW_URI"] = path
        return True

    def spoil(self, path, query, action):
        """Changes a stored object, or a part of one that is being uploaded."""
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        bucket, _, key = path.lstrip("/").partition("/")
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        held = backend.get_object(bucket, key)
        if query and "partNumber" in query:
            return
        held.value = spoiled(held.value, action)

    def replace(self, path):
        """Stores other bytes as a new object of the name."""
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        bucket, _, key = path.lstrip("/").partition("/")
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        backend.put_object(bucket, key, spoiled(backend.get_object(bucket, key).value, "replace"))

    def age(self, path, seconds):
        """Lets stored objects with `path` in their names look older."""
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        for bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values():
            for name, key in list(bucket.keys.items()):
                if path in "/" + name:
                    key.last_modified -= datetime.timedelta(seconds=seconds)

    def hook(self, environ, start, path, body):
        method = environ["REQUEST_METHOD"]
        text = ""
        if path == "/_keys":
            if self.keys is None:
                start("503 Not ready", [])
                return []
            text = json.dumps(self.keys)
        elif path in ("/_log", "/_done"):
            text = self.faults.text(done=path == "/_done")
        elif path == "/_age":
            self.age(**json.loads(body))
        elif method == "POST":
            self.faults.add(body)
        else:
            self.faults.clear()
        start("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *words):
        pass


def prepare(front, url, buckets):
    """Makes a user, its key and the buckets; from then on every request has to be signed."""
    words = dict(
        endpoint_url=url, region_name="us-east-1", aws_access_key_id="first", aws_secret_access_key="first",
        config=Config(proxies={}, s3={"addressing_style": "path"}))
    iam = boto3.client("iam", **words)
    iam.create_user(UserName="tester")
    key = iam.create_access_key(UserName="tester")["AccessKey"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    iam.put_user_policy(UserName="tester", PolicyName="all", PolicyDocument=json.dumps(policy))
    for bucket in buckets:
        boto3.client("s3", **words).create_bucket(Bucket=bucket)
    requests.post(url + "/moto-api/reset-auth", data=b"0", timeout=30)
    front.keys = {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def main():
    port, buckets = int(sys.argv[1]), sys.argv[2:]
    front = Front()
    server = make_server("127.0.0.1", port, front, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    prepare(front, f"http://127.0.0.1:{port}", buckets)
    threading.Event().wait()


if __name__ == "__main__":
    main()
