"""Serve a page to draw digits on. It loads nothing from other hosts, and drawings go to this machine alone.

    python -m apps.web                              on http://127.0.0.1:8000, for this machine only
    python -m apps.web --corrections drawings       also stores the drawings that you correct, in folder drawings/
    python -m apps.web --host 0.0.0.0 --port 8080   also for a phone in the same network: everyone there can use it

Uses the exported model in models/recognizer/, or yours in models/my-recognizer/ if you made one (`make learn`).
"""

import argparse
import contextlib
import errno
import socket
import sys
from pathlib import Path

import segno
import uvicorn

from digits.core import cli
from digits.core.errors import UserError
from digits.recognizer import corrections
from digits.recognizer.recognizer import OWN, Recognizer, default_folder
from digits.web import connections, server

LOCAL = ["127.0.0.1", "localhost", "[::1]"]
ELSEWHERE = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}  # for each address of all networks, one that no machine has
CHOOSE = "choose another with --port, or PORT= of make app"


def main(arguments: argparse.Namespace) -> str:
    listener = listen(arguments.host, arguments.port)
    if arguments.corrections:
        corrections.check(arguments.corrections)
    everywhere = arguments.host in ELSEWHERE
    host = own_address(arguments.host) if everywhere else arguments.host
    name = f"[{host}]" if ":" in host else host  # as written in URLs
    folder = default_folder()
    app = server.create(Recognizer(folder), [*LOCAL, name], arguments.corrections, learn_from)
    where = "here or on a phone in the same network" if everywhere else "in a browser"
    address = f"http://{name}:{listener.getsockname()[1]}"
    print(f"open {address} {where}; Ctrl-C stops it", flush=True)
    if everywhere and sys.stdout.isatty():
        segno.make(address).terminal(compact=True)  # a QR code, for the phone's camera
    print(f"digits are read with {folder}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(connections.configure(app)).run(sockets=[listener])
    return ""


def learn_from(folder: Path) -> tuple[Recognizer | None, str]:
    """The recognizer adapted to the drawings in `folder`, None if it was refused, and what was measured."""
    from apps import learn  # which reads params.yaml and imports pandas: this waits until it is asked for

    learned = learn.adapted(folder)
    return Recognizer(OWN) if learned.allowed else None, learn.outcome(learned)


def listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise UserError(f"port {port} is in use, perhaps by this application; {CHOOSE}") from error
    except OverflowError as error:
        raise UserError(f"port {port} is not between 0 and 65535; {CHOOSE}") from error


def own_address(anywhere: str) -> str:
    """The address of this machine in its network; without a network, the one that it has for itself."""
    with socket.socket(socket.AF_INET6 if ":" in anywhere else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE[anywhere], 9))  # of a datagram: chooses the network, sends nothing
        except OSError:
            return "::1" if ":" in anywhere else LOCAL[0]
        return probe.getsockname()[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--corrections", type=Path, metavar="FOLDER", help="store corrected drawings in FOLDER")
    arguments = parser.parse_args()
    cli.execute("web", lambda: main(arguments))
