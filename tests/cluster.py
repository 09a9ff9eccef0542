"""Real parts for the tests of sweeps: Ray nodes, on hosts of their own where the system lets us make those, and an
OpenSSH server."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
from conftest import BIN, run

HEAD, OTHER, SPACE = "10.213.7.1", "10.213.7.2", "digits-test"
SETTINGS = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 3}  # of every node and every sweep
SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
IP = shutil.which("ip", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("", 0))
        return taken.getsockname()[1]


@contextmanager
def second_host() -> Iterator[tuple[str, list[str], str]]:
    """The address of this host; what to put before a command to run it on another one, and the address of that. Where
    no network namespace can be made, the other host is this one."""

    def delete() -> None:
        subprocess.run([IP, "netns", "delete", SPACE], capture_output=True)
        subprocess.run([IP, "link", "delete", "digits0"], capture_output=True)

    steps = [
        ["netns", "add", SPACE],
        ["link", "add", "digits0", "type", "veth", "peer", "name", "digits1"],
        ["link", "set", "digits1", "netns", SPACE],
        ["address", "add", f"{HEAD}/24", "dev", "digits0"],
        ["link", "set", "digits0", "up"],
        ["-n", SPACE, "address", "add", f"{OTHER}/24", "dev", "digits1"],
        ["-n", SPACE, "link", "set", "digits1", "up"],
        ["-n", SPACE, "link", "set", "lo", "up"],
    ]
    if IP:
        delete()  # of tests that were killed
    made = IP is not None and all(subprocess.run([IP, *step], capture_output=True).returncode == 0 for step in steps)
    try:
        yield (HEAD, [str(IP), "netns", "exec", SPACE], OTHER) if made else ("127.0.0.1", [], "127.0.0.1")
    finally:
        if IP:
            delete()


class Cluster:
    """A Ray head and a second node; `environment` is what a sweep needs to find it."""

    def __init__(self, folder: Path, here: str, there: list[str], other: str) -> None:
        self.folder, self.there, self.other = folder, there, other
        self.address = f"{here}:{free_port()}"
        self.environment = {"RAY_ADDRESS": self.address, **SETTINGS}
        port = self.address.split(":")[1]
        self.head = self._start([], "head", "--head", f"--port={port}", f"--node-ip-address={here}")

    def join(self, **environment: str) -> subprocess.Popen:
        """Start the second node."""
        words = [f"--address={self.address}", f"--node-ip-address={self.other}"]
        return self._start(self.there, "other", *words, **environment)

    def _start(self, before: list[str], name: str, *words: str, **environment: str) -> subprocess.Popen:
        own = {**SETTINGS, **environment}
        common = ["--num-cpus=2", "--disable-usage-stats", "--block", "--object-store-memory=100000000"]
        head = ["--include-dashboard=false"] if "--head" in words else []
        node = subprocess.Popen(
            [*before, str(BIN / "ray"), "start", *words, *common, *head],
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **own},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait(2 if name == "other" else 1)
        return node

    def _wait(self, nodes: int) -> None:
        for _ in range(60):
            done = run(["ray", "status", f"--address={self.address}"], self.folder, check=False, **self.environment)
            if f"0.0/{2 * nodes}.0 CPU" in done.stdout:
                return
            time.sleep(1)
        raise OSError(f"there are not {nodes} Ray nodes: {done.stdout}{done.stderr}")


def kill(node: subprocess.Popen) -> None:
    """`node` and all that it started, as when its host loses power."""
    os.killpg(node.pid, signal.SIGKILL)
    node.wait()


def stop() -> None:
    """Every process of these tests' clusters, and of no other: `ray stop` would take those of all."""
    for process in of_clusters():
        with suppress(psutil.NoSuchProcess):
            process.kill()


def of_clusters(name: str = "") -> list[psutil.Process]:
    """The processes that have these tests' token and whose command line holds `name`."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = process.environ().get("RAY_AUTH_TOKEN") == SETTINGS["RAY_AUTH_TOKEN"]
            if ours and process.pid != os.getpid() and name in " ".join(process.cmdline()):
                found.append(process)
    return found


@contextmanager
def ray_nodes(folder: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        cluster = Cluster(folder, *stack.enter_context(second_host()))
        try:
            yield cluster
        finally:
            stop()


class SshServer:
    """An OpenSSH server at `address` that lets this user in: `url` of the folder `storage` there, and its `key`."""

    def __init__(self, storage: Path, address: str) -> None:
        keys = storage.parent / "ssh"
        keys.mkdir(mode=0o700)
        for name in ("host", "user"):
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name], keys)
        port = free_port()
        self._config = keys / "config"
        self._config.write_text(
            f"ListenAddress {address}:{port}\nHostKey {keys / 'host'}\nAuthorizedKeysFile {keys / 'user.pub'}\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nSubsystem sftp internal-sftp\nPermitRootLogin yes\n"
            f"PidFile {keys / 'pid'}\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where OpenSSH on Debian puts itself before somebody is let in
        self.url, self.key = f"ssh://{getpass.getuser()}@{address}:{port}{storage}", keys / "user"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen([str(SSHD), "-D", "-f", self._config], stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it and what it serves at the moment."""
        for process in [*psutil.Process(self._process.pid).children(recursive=True), self._process]:
            process.kill()
        self._process.wait()


@contextmanager
def ssh_server(storage: Path, address: str) -> Iterator[SshServer]:
    server = SshServer(storage, address)
    try:
        yield server
    finally:
        server.stop()
