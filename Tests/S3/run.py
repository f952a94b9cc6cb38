"""Runs a command beside a SeaweedFS with an empty bucket, and with requests signed by botocore."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import engine
import signatures

SIGNATURES = 500


def main(command):
    directory = tempfile.mkdtemp(prefix="wharf-s3-")
    try:
        signed = os.path.join(directory, "signatures.json")
        with open(signed, "w") as file:
            json.dump(signatures.requests(SIGNATURES, seed=1), file)
        weed = engine.SeaweedFS(os.path.join(directory, "seaweedfs"))
        try:
            weed.request("PUT", "/photos")
            location = f"s3://photos/tests?endpoint=http://127.0.0.1:{weed.port}&preset=seaweedfs"
            environment = {
                **os.environ, "WHARF_S3_SIGNATURES": signed, "WHARF_S3_LOCATION": location,
                "AWS_ACCESS_KEY_ID": engine.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": engine.SECRET_KEY}
            environment.pop("AWS_SESSION_TOKEN", None)
            status = subprocess.call(command, env=environment)
            if status:
                print(weed.log()[-4000:], file=sys.stderr)
            return status
        finally:
            weed.kill()
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
