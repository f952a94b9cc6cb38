"""The requests that clients make, and that the verification repeats."""

import base64
import functools
import hashlib
import http.client
import json
import random

import interim

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


class Connection:
    """A connection that stays open. Any status but the expected ones is a failure of the test."""

    def __init__(self, port):
        self.port = port
        self.http = interim.Connection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None, headers=None, expect=(200, 201, 204)):
        if isinstance(body, dict):
            body = json.dumps(body)
        try:
            self.http.request(method, path, body, headers or {})
            response = self.http.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.http.close()
            raise
        if response.status not in expect:
            raise AssertionError(f"{method} {path}: {response.status} {answer[:300].decode(errors='replace')}")
        return response.status, response.headers, answer

    def json(self, *arguments, **options):
        return json.loads(self.call(*arguments, **options)[2])

    def close(self):
        self.http.close()


@functools.lru_cache(maxsize=2048)
def content(seed, size):
    return random.Random(seed).randbytes(size)


def sha256(bytes_):
    return hashlib.sha256(bytes_).hexdigest()


def spans(size, step):
    """The chunks of a content: their starts and ends."""
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def idempotency(plan):
    return {"Idempotency-Key": f'"{plan["idempotency"]}"'} if plan.get("idempotency") else {}


# MARK: - Creations


def create_whole(connection, key, plan):
    body = content(plan["seed"], plan["size"])
    return connection.json("POST", f"/v1/blobs?name={key}", body, idempotency(plan))["blob"]


def create_chunked(connection, key, plan):
    document = {"name": key, "chunk_size": plan["chunk"]}
    if not plan["open"]:
        document["length"] = plan["size"]
    return connection.json("POST", "/v1/uploads", document, idempotency(plan))["id"]


def create_memory(connection, key, plan):
    body = base64.b64encode(content(plan["seed"], plan["size"])).decode()
    document = {
        "title": key,
        "assets": [{"kind": f"picture-{index}", "blob": blob} for index, blob in enumerate(plan["blobs"])],
        "inline_assets": [{"kind": "placeholder", "type": "image/webp", "data": body}],
    }
    return connection.json("POST", "/v1/capsules/default/memories", document, idempotency(plan))["id"]


def create_tus(connection, key, plan, first):
    """Creates an upload with its first bytes. Returns its id and the offset."""
    headers = {**TUS, **idempotency(plan), "Upload-Length": str(plan["size"])}
    if plan["partial"]:
        headers["Upload-Concat"] = "partial"
    if first:
        headers.update(BYTES)
    _, answer, _ = connection.call("POST", "/files", content(plan["seed"], plan["size"])[:first] or None, headers)
    return last_segment(answer["Location"]), int(answer["Upload-Offset"])


def resumable_fields(plan, complete=None, **fields):
    """Of “Resumable Uploads for HTTP” in the plan's version; 3 states the opposite."""
    fields = {name.replace("_", "-"): str(value) for name, value in fields.items()}
    fields["Upload-Draft-Interop-Version"] = str(plan["version"])
    if complete is not None and plan["version"] == 3:
        fields["Upload-Incomplete"] = "?0" if complete else "?1"
    elif complete is not None:
        fields["Upload-Complete"] = "?1" if complete else "?0"
    return fields


def create_resumable(connection, key, plan, first):
    """Creates an upload with its first bytes. Returns its id and the offset."""
    fields = resumable_fields(plan, complete=False, Upload_Length=plan["size"])
    body = content(plan["seed"], plan["size"])[:first]
    _, answer, _ = connection.call("POST", f"/v1/blobs?name={key}", body, {**fields, **idempotency(plan)})
    return last_segment(answer["Location"]), int(answer["Upload-Offset"])


def append_resumable(connection, upload, plan, offset, end, expect=(201, 204)):
    """Appends bytes; those that reach the length complete the upload."""
    body = content(plan["seed"], plan["size"])
    fields = resumable_fields(
        plan, complete=end == len(body), Upload_Offset=offset, Content_Type="application/partial-upload")
    return connection.call("PATCH", f"/files/{upload}", body[offset:end], fields, expect)


def resumable_state(connection, upload, plan):
    """The durable offset, and whether the upload is complete: all bytes may be there without the end of the request that sent them."""
    _, fields, _ = connection.call("HEAD", f"/files/{upload}", headers=resumable_fields(plan))
    is_complete = fields.get("Upload-Complete") == "?1" or fields.get("Upload-Incomplete") == "?0"
    return int(fields["Upload-Offset"]), is_complete


def resumable_offset(connection, upload, plan):
    return resumable_state(connection, upload, plan)[0]


def finish_document(plan, body):
    return {"sha256": sha256(body), **({"length": len(body)} if plan["open"] else {})}


def last_segment(url):
    return url.rsplit("/", 1)[1]
