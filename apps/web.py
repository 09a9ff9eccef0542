"""A page to draw digits on, in the browser of this machine; nothing leaves it.

    python -m apps.web                              on http://127.0.0.1:8000
    python -m apps.web --corrections corrections    also keeps what you say was misread, in folder corrections/
    python -m apps.web --host 0.0.0.0 --port 8080   for a phone in the same network: everybody there can use it

The model is the one that the stage `export` left.
"""

import argparse
from pathlib import Path

import uvicorn

from digits import command, paths, web
from digits.recogniser import Recogniser

LOCAL = ["127.0.0.1", "localhost", "[::1]"]
ANYWHERE = ("0.0.0.0", "::")
CONNECTIONS = 64  # more are told to come back later


def main(arguments: argparse.Namespace) -> str:
    address = f"[{arguments.host}]" if ":" in arguments.host else arguments.host  # as it stands in URLs
    hosts = ["*"] if arguments.host in ANYWHERE else [*LOCAL, address]
    app = web.create(Recogniser(paths.RECOGNISER), hosts, arguments.corrections)
    shown = LOCAL[0] if arguments.host in ANYWHERE else address
    print(f"open http://{shown}:{arguments.port} in a browser; Ctrl-C ends it", flush=True)
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        log_level="warning",
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
    )
    return ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--corrections", type=Path, metavar="FOLDER", help="keep corrected drawings in FOLDER")
    arguments = parser.parse_args()
    command.run("web", lambda: main(arguments))
