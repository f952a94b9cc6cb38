"""A cluster: PostgreSQL, SeaweedFS, some nodes, and nginx that passes each request to the next one."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import botocore.config
import botocore.session

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../S3"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../Clients"))
import engine
import wharf
from postgres import Postgres
from relay import Relay

BUCKET = "wharf"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": engine.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": engine.SECRET_KEY}


class Bucket(engine.SeaweedFS):
    """Keeps its ports over a restart."""

    def restart(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(self.process.args, cwd=self.directory, stdout=log, stderr=log, start_new_session=True)
        if not self.is_ready(creates=False):
            raise RuntimeError(f"SeaweedFS did not start again: {self.log()[-2000:]}")


class Cluster:
    def __init__(self, directory, nodes=3, port=None, settings=(), cuts=False):
        self.directory = directory
        self.parts = contextlib.ExitStack()
        try:
            self.postgres = Postgres(os.path.join(directory, "postgres"))
            self.parts.callback(self.postgres.stop, "fast")
            self.bucket = Bucket(os.path.join(directory, "seaweedfs"))
            self.parts.callback(lambda: self.bucket.kill())
            self.bucket.request("PUT", f"/{BUCKET}")
            self.s3 = self.client()
            self.port = port or engine.free_ports(1)[0]
            self.nodes = []
            for number in range(nodes):
                os.makedirs(os.path.join(directory, f"node{number}"))
                # The network between this node and its stores, if it is to be cut.
                relays = [self.relay(each.port) for each in (self.postgres, self.bucket)] if cuts else []
                to_postgres, to_bucket = [relay.port for relay in relays] or [self.postgres.port, self.bucket.port]
                node = wharf.Server(
                    "--catalogue", self.postgres.uri_at(to_postgres),
                    "--objects", self.location_at(to_bucket),
                    "--set", f"public-origin=http://127.0.0.1:{self.port}", *settings,
                    directory=os.path.join(directory, f"node{number}"), durability="power-loss",
                    environment=CREDENTIALS)
                node.relays = relays
                self.nodes.append(node)
                self.parts.callback(self.end, node)
            self.proxy()
        except BaseException:
            self.parts.close()
            raise

    @staticmethod
    def location_at(port, bucket=BUCKET):
        return f"s3://{bucket}/segments?endpoint=http://127.0.0.1:{port}&preset=seaweedfs"

    def client(self):
        """Another tool for the bucket."""
        return botocore.session.get_session().create_client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.bucket.port}", region_name="us-east-1",
            aws_access_key_id=engine.ACCESS_KEY, aws_secret_access_key=engine.SECRET_KEY,
            config=botocore.config.Config(s3={"addressing_style": "path"}))

    def relay(self, port):
        relay = Relay(port)
        self.parts.callback(relay.close)
        return relay

    @staticmethod
    def end(node):
        with contextlib.suppress(OSError):
            node.process.send_signal(signal.SIGCONT)
        if node.process.poll() is None:
            node.stop()

    def proxy(self):
        servers = "".join(f"server 127.0.0.1:{node.port} max_fails=1 fail_timeout=2s;" for node in self.nodes)
        configuration = os.path.join(self.directory, "nginx.conf")
        with open(configuration, "w") as file:
            file.write(f"""
                daemon off; worker_processes 1; pid {self.directory}/nginx.pid; error_log {self.directory}/nginx.log;
                events {{ worker_connections 4096; }}
                http {{
                    access_log off;
                    upstream nodes {{ {servers} }}
                    server {{
                        listen 127.0.0.1:{self.port};
                        client_max_body_size 0;
                        client_body_temp_path {self.directory}/nginx-body;
                        proxy_temp_path {self.directory}/nginx-proxy;
                        location / {{
                            proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection "";
                            proxy_set_header Host $http_host;
                            # Nodes send no interim responses through a proxy that is mentioned: nginx takes them for final ones.
                            proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
                            proxy_request_buffering off; proxy_buffering off;
                            # To the next node if this one cannot be reached or its connection breaks. nginx repeats no
                            # POST or PATCH that it has begun to pass on.
                            proxy_next_upstream error timeout; proxy_connect_timeout 1s; proxy_read_timeout 30s;
                        }}
                    }}
                }}""")
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.nginx = subprocess.Popen([program, "-p", self.directory, "-c", configuration], stderr=subprocess.DEVNULL)
        self.parts.callback(self.stop_proxy)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def stop_proxy(self):
        self.nginx.terminate()
        self.nginx.wait(30)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.parts.close()

    def objects(self, prefix):
        """The sizes of the objects below a prefix of the store, by their whole names."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"segments/{prefix}/")
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", [])}

    def names(self):
        """The names of all objects of the bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {each["Key"] for page in pages for each in page.get("Contents", [])}

    def stored(self):
        """The keys of the segments in the bucket, in hexadecimal digits."""
        return {name.rsplit("/", 1)[-1] for name in self.objects("segments")}

    def marks(self):
        """The names of the objects that mark the bucket as the database's."""
        page = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="segments/store-")
        return [each["Key"] for each in page.get("Contents", [])]

    def multipart_uploads(self):
        """Those that were begun, and neither completed nor aborted."""
        return self.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])

    def published(self):
        """The names of the published objects, by their uploads."""
        return dict(self.postgres.query(
            "SELECT encode(id, 'hex'), publications.name FROM publications JOIN uploads ON seq = upload WHERE publications.state = 1"))

    def check(self, *arguments, bucket=BUCKET):
        """Runs `wharf check`; returns its exit status and the documents that it printed."""
        check = subprocess.run(
            [wharf.WHARF, "check", "--json", "--catalogue", self.postgres.uri, "--objects",
             self.location_at(self.bucket.port, bucket), *arguments],
            capture_output=True, text=True, timeout=300, env={**os.environ, **CREDENTIALS})
        return check.returncode, [json.loads(line) for line in check.stdout.splitlines()]
