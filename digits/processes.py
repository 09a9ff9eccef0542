"""Other programs: git, DVC and this project's own commands, with the cause of a failure in the message."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from digits.files import UserError

TAIL = 20  # lines of a failed program's output that an error holds
SHOWN = 3  # of them, in the message
IDENTITY = {"name": "digits experiments", "email": "experiments@digits.invalid"}
NOISE = ("dvc.org", "Having any troubles")  # in lines by DVC that name no cause
BESIDES = ("ERROR: failed to reproduce", "WARNING:")  # lines that start so count only if there are no others
TRACEBACK = "Traceback (most recent call last):"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # colors and cursor movements


class CommandError(UserError):
    """A program failed; `output` has the last TAIL lines that it printed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


def call(command: Sequence[str], folder: Path = Path(), env: Mapping[str, str] | None = None) -> bytes:
    """Run `command` in `folder` and return its standard output.

    Programs installed beside this Python are found without an activated environment. Raises CommandError, whose message
    holds the cause, if the command fails; UserError if there is no such program.
    """
    environment = {**os.environ, "PATH": search_path(), **(env or {})}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    except FileNotFoundError as error:
        if error.filename != command[0]:  # it is the folder that does not exist
            raise
        raise UserError(f"the program {command[0]} is not installed") from error
    if done.returncode:
        output, errors = _lines(done.stdout), _lines(done.stderr)
        reason = cause(output, errors) or f"exit code {done.returncode}"
        raise CommandError(f"`{' '.join(command[:4])}` failed: {reason}", "\n".join([*output, *errors][-TAIL:]))
    return done.stdout


def search_path() -> str:
    """PATH with the folder of this Python's programs first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def git_identity() -> dict[str, str]:
    """Environment variables that give git an identity, since DVC experiments are commits.

    Empty if git has one of its own.
    """
    configured = subprocess.run(["git", "config", "user.email"], capture_output=True).returncode == 0
    if configured or "GIT_COMMITTER_EMAIL" in os.environ:
        return {}
    return {f"GIT_{role}_{key.upper()}": value for role in ("AUTHOR", "COMMITTER") for key, value in IDENTITY.items()}


def cause(output: list[str], errors: list[str]) -> str:
    """The lines that name the cause: of a stage or traceback the last ones, else the first ones: advice follows."""
    lines = [line for line in errors if not any(noise in line for noise in NOISE)]
    causes = [line for line in lines if not line.startswith(BESIDES)] or lines
    stage_failed = any(line.startswith(BESIDES[0]) for line in lines)
    if TRACEBACK in causes:
        last = len(causes) - causes[::-1].index(TRACEBACK)
        causes = [line for line in causes[last:] if not line.startswith(" ")]
    shown = causes[-SHOWN:] if stage_failed else causes[:SHOWN]
    return "; ".join(line.strip() for line in (shown or output[-SHOWN:]))


def _lines(printed: bytes) -> list[str]:
    """Without empty lines, colors and the states of a progress bar that were overwritten."""
    lines = CONTROL.sub("", printed.decode(errors="replace")).split("\n")
    shown = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in lines]
    return [line for line in shown if line]
