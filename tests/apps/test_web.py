"""Starting the page: what is printed, which hosts are answered, what is refused at once."""

import os
import pty
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from apps import web
from support import ROOT, run


@contextmanager
def started(host: str, family: socket.AddressFamily = socket.AF_INET) -> Iterator[tuple[str, int]]:
    """The line that the application prints and its port, while it runs."""
    with socket.socket(family) as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "apps.web", "--host", host, "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            httpx.get(line.split()[1], timeout=60, trust_env=False)  # is answered once it is ready
            yield line, port
        finally:
            process.terminate()


def status(address: str, host: str) -> int:
    return httpx.get(address, headers={"Host": host}, trust_env=False).status_code


def test_ipv6_address_is_printed_in_brackets_and_accepted_as_host():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    one = "0:0:0:0:0:0:0:1"  # ::1, in a form that is not among the default hosts
    with started(one, socket.AF_INET6) as (line, port):
        printed = line.split()[1]
        answers = [status(printed, f"{host}:{port}") for host in (f"[{one}]", "[::2]")]
    assert printed == f"http://[{one}]:{port}"
    assert answers == [200, 400]


def test_a_phone_gets_the_address_in_the_network_and_other_names_are_refused():
    own = web.own_address("0.0.0.0")
    with started("0.0.0.0") as (line, port):
        answers = [status(f"http://{own}:{port}", host) for host in (own, "localhost", "attacker.example", "8.8.8.8")]
    assert line.startswith(f"open http://{own}:{port} here or on a phone")
    assert answers == [200, 200, 400, 400]


def test_a_terminal_also_shows_a_code_for_the_phones_camera():
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "apps.web", "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=terminal) as process:
        shown = ""
        while shown.count("\n") < 12:  # the line, then a code of at least 21 by 21 modules, two in one character
            shown += os.read(screen, 1000).decode(errors="replace")
        process.terminate()
    assert "▀" in shown
    assert "▄" in shown


def test_own_address_is_one_that_this_machine_listens_on(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server((web.own_address("0.0.0.0"), 0)):
        pass
    monkeypatch.setattr(web, "ELSEWHERE", {"0.0.0.0": "255.255.255.255"})  # cannot be reached: as without a network
    assert web.own_address("0.0.0.0") == "127.0.0.1"


def test_busy_port_is_said_before_the_address():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = run(["python", "-m", "apps.web", "--port", str(port)], ROOT, check=False)
    expected = f"web: port {port} is in use, perhaps by this application; {web.CHOOSE}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_number_that_is_no_port_is_refused_in_one_line(port: str):
    done = run(["python", "-m", "apps.web", "--port", port], ROOT, check=False)
    expected = f"web: port {port} is not between 0 and 65535; {web.CHOOSE}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


@pytest.mark.parametrize("options", [[], ["--port", "8123"], ["--port", "8123", "--corrections", "drawings"]])
def test_make_app_passes_its_variables_on(options: list[str]):
    variables = {name[2:].upper(): value for name, value in zip(options[::2], options[1::2], strict=True)}
    shown = run(
        ["make", "--no-print-directory", "--dry-run", "app"], ROOT, **{"PORT": "", "CORRECTIONS": "", **variables}
    ).stdout
    assert shown.splitlines()[-1].split() == [".venv/bin/python", "-m", "apps.web", *options]


def test_folder_that_cannot_hold_corrections_is_refused_at_the_start(tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("")
    done = run(["python", "-m", "apps.web", "--port", "0", "--corrections", file], ROOT, check=False)
    expected = f"web: corrections cannot be stored in {file} (File exists); name another folder\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)
