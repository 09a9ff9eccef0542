"""Serve a page to draw digits on; nothing leaves this machine.

    python -m apps.web                              on http://127.0.0.1:8000
    python -m apps.web --corrections drawings       also stores the drawings that you correct, in folder drawings/
    python -m apps.web --host 0.0.0.0 --port 8080   also for a phone in the same network: everyone there can use it

Uses the exported model in models/recognizer/.
"""

import argparse
from pathlib import Path

import uvicorn

from digits.core import cli, paths
from digits.recognizer.recognizer import Recognizer
from digits.web import server

LOCAL = ["127.0.0.1", "localhost", "[::1]"]
ANYWHERE = ("0.0.0.0", "::")
MAX_CONNECTIONS = 64  # further ones get status 503


def main(arguments: argparse.Namespace) -> str:
    address = f"[{arguments.host}]" if ":" in arguments.host else arguments.host  # as written in URLs
    hosts = ["*"] if arguments.host in ANYWHERE else [*LOCAL, address]
    app = server.create(Recognizer(paths.RECOGNIZER), hosts, arguments.corrections)
    shown = LOCAL[0] if arguments.host in ANYWHERE else address
    print(f"open http://{shown}:{arguments.port} in a browser; Ctrl-C stops it", flush=True)
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        log_level="warning",
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=5,
    )
    return ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--corrections", type=Path, metavar="FOLDER", help="store corrected drawings in FOLDER")
    arguments = parser.parse_args()
    cli.execute("web", lambda: main(arguments))
