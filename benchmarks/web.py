"""Send the web application many drawings at a time and damaged uploads, and write the tables in docs/performance.md."""

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

from benchmarks import page
from digits import files, rendering
from digits.synthetic import fonts

CLIENTS = (1, 4, 16)
FORMS = ("png", "jpeg", "gif", "bmp", "webp", "tiff")
HEADERS = {"Content-Type": "image/png"}


def main(uploads: int, reads: int) -> None:
    with served() as (home, server):
        address = f"{home}/api/read"
        rows = [load(address, clients, reads, server) for clients in CLIENTS]
        statuses = attack(address, uploads)
        rows.append(load(address, CLIENTS[-1], reads, server))
    counts = pd.DataFrame([{"upload: status": kind, "times": f"{n:,}"} for kind, n in sorted(statuses.items())])
    page.write("web", f"{rendering.markdown(pd.DataFrame(rows))}\n{rendering.markdown(counts)}")
    print(f"written to {page.PAGE}")


@contextmanager
def served(*arguments: str) -> Iterator[tuple[str, int]]:
    """The address and process id of `python -m digits.web`; OSError if it does not start, or ends by itself."""
    command = [sys.executable, "-m", "digits.web", "--port", "0", *arguments]
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
    """MiB of memory that `process` has now; Linux only."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def load(address: str, clients: int, reads: int, process: int) -> dict[str, str]:
    """Send `reads` drawings of a digit, as the page does, from `clients` at a time: latencies and memory as text."""
    drawing = encoded(digit("5"), "png")

    def client(_: int) -> np.ndarray:
        times = [time.perf_counter()]
        with requests.Session() as session:
            for _ in range(reads // clients):
                session.post(address, data=drawing, headers=HEADERS, timeout=60).raise_for_status()
                times.append(time.perf_counter())
        return np.diff(times)

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
    """How often each kind of `uploads` damaged pictures was answered with each status."""
    rng = random.Random(0)
    whole = [encoded(digit(str(number)), FORMS[number % len(FORMS)]) for number in range(10)]
    bomb = encoded(np.zeros((12_000, 12_000), bool), "png")
    statuses: Counter[str] = Counter()
    with requests.Session() as session:
        for number in range(uploads):
            content = bytearray(rng.choice(whole))
            for _ in range(rng.randrange(1, 50)):
                content[rng.randrange(len(content))] = rng.randrange(256)
            cut, noise = bytes(content[: rng.randrange(len(content))]), rng.randbytes(rng.randrange(5000))
            damaged = [("bytes changed", bytes(content)), ("cut short", cut), ("noise", noise), ("bomb", bomb)]
            kind, upload = damaged[number % 4]
            statuses[f"{kind}: {session.post(address, data=upload, headers=HEADERS, timeout=60).status_code}"] += 1
    return statuses


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
    files.execute("bench", lambda: main(arguments.uploads, arguments.reads))
