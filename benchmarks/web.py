"""Send the web application many drawings at a time and damaged uploads of every kind, and write docs/web.md."""

import argparse
import io
import random
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

from benchmarks import measuring
from digits.core import artifacts, cli
from digits.figures import tables
from digits.synthetic import fonts

PAGE = Path("docs/web.md")
CLIENTS = (1, 4, 16)
FORMS = ("png", "jpeg", "gif", "bmp", "webp", "tiff")
HEADERS = {"Content-Type": "image/png"}


def main(uploads: int, reads: int) -> str:
    with served() as (home, server):
        address = f"{home}/api/read"
        before = resident(server)
        rows = [load(address, clients, reads, server) for clients in CLIENTS]
        statuses = attack(address, uploads)
        after = resident(server)
        rows += [load(address, CLIENTS[-1], reads, server)]
    answers = pd.DataFrame([{"upload: status": name, "times": f"{it:,}"} for name, it in sorted(statuses.items())])
    shown = {"rows": tables.markdown(pd.DataFrame(rows)), "answers": tables.markdown(answers)}
    page = measuring.fill(PAGE.name, uploads=statuses.total(), before=before, after=after, **shown)
    artifacts.write_text(PAGE, page)
    return f"written to {PAGE}"


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, int]]:
    """Start `python -m apps.web` with `arguments` and yield its address and process id.

    Raises OSError if it does not start, or ends by itself.
    """
    command = [sys.executable, "-m", "apps.web", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()  # "open http://…", once it listens
            if not line:
                raise OSError("the application did not start")
            address = line.split()[1]
            requests.get(address, timeout=60)  # is answered once it is ready
            yield address, server.pid
            if server.poll() is not None:
                raise OSError("the application ended by itself")
        finally:
            server.terminate()


def resident(process: int) -> float:
    """MiB of memory that `process` has now."""
    return measuring.memory(process)["VmRSS"]


def load(address: str, clients: int, reads: int, process: int) -> dict[str, str]:
    """Send `reads` drawings of a digit, as the page does, from `clients` at a time: latencies and memory as text."""
    drawing = encoded(digit("5"), "png")

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
        "reads per second": f"{len(times) / seconds:.0f}",
        "median": f"{median:.1f} ms",
        "99th percentile": f"{worst:.1f} ms",
        "memory after": f"{resident(process):.0f} MiB",
    }


def attack(address: str, uploads: int) -> Counter[str]:
    """How often damaged uploads were answered with each status."""
    statuses: Counter[str] = Counter()
    with requests.Session() as session:
        for kind, content in damaged(uploads):
            statuses[f"{kind}: {session.post(address, data=content, headers=HEADERS, timeout=60).status_code}"] += 1
    return statuses


def damaged(uploads: int) -> Iterator[tuple[str, bytes]]:
    """`uploads` pictures, each with its kind: cut short, with bytes changed, noise, too large, animated."""
    rng = random.Random(0)
    whole = [encoded(digit(str(it)), FORMS[it % len(FORMS)]) for it in range(10)]
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


def digit(name: str) -> np.ndarray:
    return fonts.page(name, fonts.fonts()[0], fonts.GlyphStyle())


def encoded(pixels: np.ndarray, form: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form)
    return content.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--uploads", type=int, default=10_000, help="damaged ones (default: 10,000)")
    parser.add_argument("--reads", type=int, default=3_000, help="drawings for each number of clients (default: 3,000)")
    arguments = parser.parse_args()
    cli.execute("bench-web", lambda: main(arguments.uploads, arguments.reads))
