"""Ray nodes on this machine and clones to sweep in, for the tests of sweeps."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from ruamel.yaml import YAML

from support import BIN, run

TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 3}  # of these tests' nodes alone
HOST = "127.0.0.1"


def set_params(folder: Path, seeds: list[int]) -> None:
    """`mlp` alone, for two epochs."""
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["train"].update(models=["mlp"], seeds=seeds)
    params["export"].update(recipe="mlp", seed=seeds[0])
    params["recipes"]["mlp"]["epochs"] = 2
    yaml.dump(params, folder / "params.yaml")


def set_remote(project: Path, storage: Path) -> None:
    """A folder as the project's DVC remote, in this checkout alone."""
    run(["dvc", "remote", "add", "--local", "--force", "--default", "storage", storage], project)


def without_ray(folder: Path) -> dict[str, str]:
    """An environment in which Ray cannot be imported."""
    (folder / "ray.py").write_text("raise ImportError\n")
    return {"PYTHONPATH": str(folder)}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("", 0))
        return taken.getsockname()[1]


def processes(name: str = "") -> list[psutil.Process]:
    """The processes with these tests' token whose command line holds `name`."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = process.environ().get("RAY_AUTH_TOKEN") == TOKEN["RAY_AUTH_TOKEN"]
            if ours and process.pid != os.getpid() and name in " ".join(process.cmdline()):
                found.append(process)
    return found


def stop() -> None:
    """End these tests' nodes; `ray stop` would end those of others too."""
    for process in processes():
        with suppress(psutil.NoSuchProcess):
            process.kill()


def kill(node: subprocess.Popen) -> None:
    """End `node` and all that it started, as when its machine loses power."""
    os.killpg(node.pid, signal.SIGKILL)
    node.wait()


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen]]:
    """A Ray head and a second node, two processors each: the environment of a sweep on them, and the second node."""
    port = free_port()
    environment = {"RAY_ADDRESS": f"{HOST}:{port}", **TOKEN}
    try:
        start_node("--head", f"--port={port}", "--include-dashboard=false")
        wait_for_processors(folder, environment, 2)
        other = start_node(f"--address={HOST}:{port}")
        wait_for_processors(folder, environment, 4)
        yield environment, other
    finally:
        stop()


def start_node(*words: str) -> subprocess.Popen:
    common = [f"--node-ip-address={HOST}", "--num-cpus=2", "--disable-usage-stats", "--block"]
    return subprocess.Popen(
        [str(BIN / "ray"), "start", *words, *common, "--object-store-memory=100000000"],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for_processors(folder: Path, environment: dict[str, str], count: int) -> None:
    command = ["ray", "status", f"--address={environment['RAY_ADDRESS']}"]
    for _ in range(60):
        done = run(command, folder, check=False, **environment)
        if f"0.0/{count}.0 CPU" in done.stdout:
            return
        time.sleep(1)
    raise OSError(f"Ray has not {count} processors: {done.stdout}{done.stderr}")
