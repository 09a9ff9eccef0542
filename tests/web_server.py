"""The web application as a process of its own, for the tests that ask it over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from conftest import ROOT


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Start `python -m apps.web` with `arguments`; its address while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "apps.web", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ | {"NO_PROXY": "*"})
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address
        assert process.poll() is None, "the application ended by itself"
    finally:
        process.terminate()
        process.wait()


def _wait(address: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        try:
            httpx.get(address, trust_env=False)
            return
        except httpx.TransportError:
            assert process.poll() is None, "the application did not start"
            time.sleep(0.1)
    raise TimeoutError(address)
