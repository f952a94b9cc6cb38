"""Random requests to S3 with the signatures of botocore, as JSON."""

import datetime
import hashlib
import random
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALPHABET = "abcXYZ019-._~ /+&=%?#@:;,!$'()*[]{}<>|\\^`\"äß€漢𝄞"


def text(random_, length):
    return "".join(random_.choice(ALPHABET) for _ in range(random_.randrange(1, length)))


def one(random_):
    method = random_.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
    path = "/" + text(random_, 30).replace("//", "/")
    query = {text(random_, 8): random_.choice(["", text(random_, 12)]) for _ in range(random_.randrange(4))}
    host = random_.choice(["s3.amazonaws.com", "photos.s3.eu-central-1.amazonaws.com", "127.0.0.1:8333"])
    headers = {"host": host}
    if random_.random() < 0.5:
        headers["range"] = f"bytes={random_.randrange(10**6)}-{random_.randrange(10**9)}"
    if random_.random() < 0.3:
        headers["x-amz-meta-note"] = "two  words   " + "".join(random_.choice("abc 1") for _ in range(8)) + "z"
    if random_.random() < 0.3:
        headers["content-md5"] = "rL0Y20zC+Fzt72VPzMSk2A=="
    payload = random_.choice(["UNSIGNED-PAYLOAD", hashlib.sha256(random_.randbytes(20)).hexdigest()])
    moment = datetime.datetime.fromtimestamp(random_.randrange(4 * 10**9), datetime.timezone.utc)
    token = random_.choice([None, "token/with+signs=="])
    region = random_.choice(["us-east-1", "eu-central-1", "default"])
    credentials = Credentials("AKIDEXAMPLE", "secret/" + text(random_, 20), token)
    url = f"https://{host}{quote(path, safe='/~')}"
    if query:
        url += "?" + "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in query.items())
    request = AWSRequest(method, url, headers={**headers, "X-Amz-Content-SHA256": payload})
    signer = botocore.auth.S3SigV4Auth(credentials, "s3", region)
    with (mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None)),
          mock.patch.object(signer, "payload", lambda _: payload)):
        signer.add_auth(request)
    expires = random_.randrange(1, 604801)
    presigned = AWSRequest("GET", url, headers={"host": host})
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None)):
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", region, expires=expires).add_auth(presigned)
    return {
        "method": method, "path": path, "query": list(map(list, query.items())),
        "headers": list(map(list, headers.items())), "payload": payload, "date": moment.strftime("%Y%m%dT%H%M%SZ"),
        "region": region, "accessKey": credentials.access_key, "secretKey": credentials.secret_key, "token": token,
        "authorization": request.headers["Authorization"].replace(", ", ","),
        "presigned": presigned.url.rsplit("X-Amz-Signature=", 1)[1], "expires": expires,
    }


def requests(count, seed):
    random_ = random.Random(seed)
    return [one(random_) for _ in range(count)]
