"""A cluster to try: three nodes over PostgreSQL and SeaweedFS behind one address, until Ctrl-C."""

import os
import signal
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(__file__))
import cluster


def main():
    directory = tempfile.mkdtemp(prefix="wharf-cluster-")
    os.chmod(directory, 0o755)
    running = cluster.Cluster(directory, port=int(os.environ.get("PORT", "8080")))
    try:
        print(f"Wharf: {running.url} (three nodes; everything is in {directory})", flush=True)
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        stopped.wait()
    finally:
        running.close()
        print(f"stopped; remove {directory} to delete what was uploaded", flush=True)


if __name__ == "__main__":
    main()
