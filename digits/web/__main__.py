"""Serve a page to draw digits on. It loads nothing from other hosts, and drawings go to this machine alone.

    python -m digits.web                              on http://127.0.0.1:8000, for this machine only
    python -m digits.web --corrections drawings       also stores the drawings that you correct, in folder drawings/
    python -m digits.web --host 0.0.0.0 --port 8080   also for a phone in the same network: everyone there can use it

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

from digits import files
from digits.files import UserError
from digits.recognizer import Recognizer, corrections
from digits.recognizer.reading import USER_MODEL, default_folder
from digits.web import limits, server

UNUSED = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}  # by the address of all networks, one that no machine has
ADVICE = "choose another with --port, or PORT= of make app"


def main(arguments: argparse.Namespace) -> None:
    listener = listen(arguments.host, arguments.port)
    if arguments.corrections:
        corrections.check(arguments.corrections)
    for_all = arguments.host in UNUSED
    host = network_address(arguments.host) if for_all else arguments.host
    name = f"[{host}]" if ":" in host else host  # as written in URLs
    folder = default_folder()
    app = server.create(
        Recognizer(folder), ["127.0.0.1", "localhost", "[::1]", name], arguments.corrections, learn_from
    )
    address = f"http://{name}:{listener.getsockname()[1]}"
    where = "here or on a phone in the same network" if for_all else "in a browser"
    print(f"open {address} {where}; Ctrl-C stops it", flush=True)
    if for_all and sys.stdout.isatty():
        segno.make(address).terminal(compact=True)  # a QR code, for the phone's camera
    print(f"digits are read with {folder}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(limits.configure(app)).run(sockets=[listener])


def learn_from(folder: Path) -> tuple[Recognizer | None, str]:
    """The recognizer adapted to the drawings in `folder`, None if it was refused, and what was measured."""
    from digits.recognizer import learning  # slow to import, and not needed to read digits

    learned = learning.adapt_and_save(folder)
    return Recognizer(USER_MODEL) if learned.allowed else None, learning.outcome(learned)


def listen(host: str, port: int) -> socket.socket:
    """Raises UserError if the port is in use or is none, OSError if this machine does not have the address."""
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise UserError(f"port {port} is in use, perhaps by this application; {ADVICE}") from error
    except OverflowError as error:
        raise UserError(f"port {port} is not between 0 and 65535; {ADVICE}") from error
    # asyncio does so only for sockets that it made. Connections inherit it; else answers wait 40 ms for a receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def network_address(anywhere: str) -> str:
    """The address of this machine in its network; without a network, the one that it has for itself."""
    with socket.socket(socket.AF_INET6 if ":" in anywhere else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((UNUSED[anywhere], 9))  # of a datagram: chooses the network, sends nothing
        except OSError:
            return "::1" if ":" in anywhere else "127.0.0.1"
        return probe.getsockname()[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--corrections", type=Path, metavar="FOLDER", help="store corrected drawings in FOLDER")
    arguments = parser.parse_args()
    files.execute("web", lambda: main(arguments))
