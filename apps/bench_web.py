"""Put the web application under load and under attack, and write docs/web.md.

First damaged uploads of every kind, then drawings from several clients at a time, over HTTP on this machine; the
server's memory is read from the system before and after. What is asserted of it stands in the tests.
"""

import argparse
import io
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import requests
from PIL import Image

from apps.bench import processor
from digits import artifacts, command, glyphs, results

PAGE = Path("docs/web.md")
CLIENTS = (1, 4, 16)
FORMS = ("png", "jpeg", "gif", "bmp", "webp", "tiff")
HEADERS = {"Content-Type": "image/png"}


def main(uploads: int, reads: int) -> str:
    with served() as (home, server):
        address = f"{home}/api/read"
        started = memory(server)
        rows = [load(address, clients, reads, server) for clients in CLIENTS]
        statuses = attack(address, uploads)
        after = memory(server)
        rows += [load(address, CLIENTS[-1], reads, server)]
    artifacts.write_text(PAGE, text(pd.DataFrame(rows), statuses, started, after))
    return f"written to {PAGE}"


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, int]]:
    """Start `python -m apps.web` with `arguments`; its address and its process while it runs.

    Raises OSError where it does not start, or ends by itself.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "apps.web", "--port", str(port), *arguments]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server)
        yield address, server.pid
        if server.poll() is not None:
            raise OSError("the application ended by itself")
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            requests.get(address, timeout=10)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise OSError(f"the application does not answer at {address}")


def memory(process: int) -> float:
    """MiB that `process` holds now, as Linux tells it."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def load(address: str, clients: int, reads: int, process: int) -> dict[str, str]:
    """Drawings of a digit, as the page sends them, from so many `clients` at a time."""
    drawing = encoded(glyphs.page("5", glyphs.fonts()[0], glyphs.Look()), "png")

    def one(session: requests.Session) -> float:
        start = time.perf_counter()
        session.post(address, data=drawing, headers=HEADERS, timeout=60).raise_for_status()
        return time.perf_counter() - start

    def client(_: int) -> list[float]:
        with requests.Session() as session:
            return [one(session) for _ in range(reads // clients)]

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = np.concatenate(list(pool.map(client, range(clients))))
    seconds = time.perf_counter() - start
    median, worst = np.percentile(times, [50, 99]) * 1000
    return {
        "clients": str(clients),
        "reads": f"{len(times):,}",
        "reads a second": f"{len(times) / seconds:.0f}",
        "median": f"{median:.1f} ms",
        "99th percentile": f"{worst:.1f} ms",
        "memory after": f"{memory(process):.0f} MiB",
    }


def attack(address: str, uploads: int) -> Counter[str]:
    """How often damaged uploads were answered with which status."""
    statuses: Counter[str] = Counter()
    with requests.Session() as session:
        for kind, content in damaged(uploads):
            statuses[f"{kind}: {session.post(address, data=content, headers=HEADERS, timeout=60).status_code}"] += 1
    return statuses


def damaged(uploads: int) -> Iterator[tuple[str, bytes]]:
    """Pictures cut short, with bytes changed, larger than allowed, of no known kind, and animated ones."""
    rng = random.Random(0)
    whole = [
        encoded(glyphs.page(str(it), glyphs.fonts()[0], glyphs.Look()), FORMS[it % len(FORMS)]) for it in range(10)
    ]
    frames = [Image.new("L", (200, 200), shade) for shade in range(0, 256, 4)]
    animation = io.BytesIO()
    frames[0].save(animation, "gif", save_all=True, append_images=frames[1:])
    bombs = [encoded(np.zeros((side, side), bool), "png") for side in (6_000, 12_000)]
    for number in range(uploads):
        content = bytearray(rng.choice(whole))
        match number % 5:
            case 0:
                yield "cut short", bytes(content[: rng.randrange(len(content))])
            case 1:
                for _ in range(rng.randrange(1, 50)):
                    content[rng.randrange(len(content))] = rng.randrange(256)
                yield "bytes changed", bytes(content)
            case 2:
                yield "noise", rng.randbytes(rng.randrange(5000))
            case 3:
                yield "bomb", bombs[number // 5 % len(bombs)]
            case _:
                yield "animated", animation.getvalue()


def encoded(pixels: np.ndarray, form: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form)
    return content.getvalue()


def text(rows: pd.DataFrame, statuses: Counter[str], started: float, after: float) -> str:
    answers = pd.DataFrame(
        [{"upload: status": name, "times": f"{times:,}"} for name, times in sorted(statuses.items())]
    )
    return (
        f"# The web application under load\n\n{processor()}, one process, clients and server on the same machine; "
        f"`make bench-web` measures anew.\n\n## Drawings read\n\nFrom the request to the whole answer; the last line "
        f"after the damaged uploads.\n\n{results.markdown(rows)}\n## Damaged uploads\n\n{statuses.total():,} of them "
        f"left it serving; memory was {started:.0f} MiB at the start and {after:.0f} MiB after them.\n\n"
        f"{results.markdown(answers)}\nBytes changed in a picture often leave a whole one, which is read.\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--uploads", type=int, default=10_000, help="damaged ones (default: 10,000)")
    parser.add_argument("--reads", type=int, default=3_000, help="drawings for each number of clients (default: 3,000)")
    arguments = parser.parse_args()
    command.run("bench-web", lambda: main(arguments.uploads, arguments.reads))
