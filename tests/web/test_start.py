"""Starting the page: what is printed, which hosts are answered, what is refused at once."""

import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks.web import served
from digits.web import __main__
from support import ROOT, assert_refused, run


def status(address: str, host: str) -> int:
    return httpx.get(address, headers={"Host": host}, trust_env=False).status_code


def test_ipv6_address_is_printed_and_accepted_as_host():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    host = "0:0:0:0:0:0:0:1"  # ::1, in a form that is not among the default hosts
    with served("--host", host) as (address, _):
        answers = [status(address, name) for name in (f"[{host}]", "[::2]")]
    assert address.startswith(f"http://[{host}]:")
    assert answers == [200, 400]


def test_a_phone_gets_the_address_in_the_network(monkeypatch: pytest.MonkeyPatch):
    host = __main__.network_address("0.0.0.0")
    with served("--host", "0.0.0.0") as (address, _):
        answers = [status(address, name) for name in (host, "localhost", "attacker.example", "8.8.8.8")]
    assert address.startswith(f"http://{host}:")
    assert answers == [200, 200, 400, 400]
    with socket.create_server((host, 0)):  # it belongs to this machine
        pass
    monkeypatch.setitem(__main__.UNUSED, "0.0.0.0", "255.255.255.255")  # cannot be reached: as without a network
    assert __main__.network_address("0.0.0.0") == "127.0.0.1"


def test_a_terminal_shows_a_code_for_the_camera():
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "digits.web", "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=terminal) as process:
        shown = ""
        while shown.count("\n") < 12:  # the line, then a code of at least 21 by 21 modules, two in one character
            shown += os.read(screen, 1000).decode(errors="replace")
        process.terminate()
    assert {"▀", "▄"} <= set(shown)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("--port {busy}", "is in use"),
        ("--port 99999", "is not between"),
        ("--port 0 --corrections {file}", "cannot be stored"),
        ("--host 192.0.2.1", "address"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path: Path, options: str, problem: str):
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        words = options.format(busy=busy.getsockname()[1], file=tmp_path / "file").split()
        assert_refused(run(["python", "-m", "digits.web", *words], ROOT, check=False), "web: ", problem)


@pytest.mark.parametrize(
    ("port", "folder", "options"), [("", "", ""), ("8123", "drawings", " --port 8123 --corrections drawings")]
)
def test_make_app_passes_its_variables_on(port: str, folder: str, options: str):
    shown = run(["make", "--no-print-directory", "--dry-run", "app"], ROOT, PORT=port, CORRECTIONS=folder).stdout
    assert " ".join(shown.splitlines()[-1].split()) == f".venv/bin/python -m digits.web{options}"


def test_reading_digits_imports_nothing_slow():
    code = "import sys, digits.web.__main__; print(sorted({'tensorflow', 'tensorflow_datasets', 'keras',"
    code += " 'onnx', 'digits.recognizer.learning'} & set(sys.modules)))"
    assert run(["python", "-c", code], ROOT).stdout == "[]\n"
