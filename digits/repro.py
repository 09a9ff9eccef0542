"""Run what changed of the core pipeline, several runs side by side, as `make repro JOBS=2` does.

DVC runs one stage after another, but several of its processes work in one folder if none writes what another reads.
So each run that changed gets a process that trains and evaluates it, alone: to check the stages before, DVC would have
to lock the data that the other runs read. One `dvc repro` does the rest, unless a run failed.

DVC must not be interrupted while it writes dvc.lock. So its processes are out of reach of Ctrl-C: only the commands
that they run are interrupted, and DVC notes what is done and ends. If this program itself is killed, a training ends
when it prints its next line, which nobody reads.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO

import psutil
from ruamel.yaml import YAML

from digits import config, files, lock
from digits.config import Params, Run
from digits.files import UserError
from digits.processes import CommandError, cause, search_path

Show = Callable[[str, str], None]  # given the name of a command and a line that it printed

BEFORE = {"fetch", "preprocess"}  # what all runs need
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 20.0  # seconds in which an interrupted command may end; then it is killed, and its DVC as well


def repro(jobs: int) -> None:
    """Bring the core pipeline up to date. Raises UserError, which names each run that failed."""
    params = config.load_params()
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, signal.default_int_handler)
    try:
        if jobs == 1:
            run_dvc({"dvc repro": ["repro"]})
        elif stale := stale_stages():
            if BEFORE & stale:
                run_dvc({"preprocess": ["repro", "preprocess"]})
                stale = stale_stages()
            runs = [run for run in longest_first(params) if {f"train@{run}", f"evaluate@{run}"} & stale]
            if len(runs) > 1:
                alone = ("repro", "--single-item")
                run_dvc({str(run): [*alone, f"train@{run}", f"evaluate@{run}"] for run in runs}, jobs, print_line)
            run_dvc({"dvc repro": ["repro"]})
        else:
            print("Data and pipelines are up to date.")
    finally:
        lock.sort(stages(params))


def longest_first(params: Params) -> list[Run]:
    return sorted(config.all_runs(params.train), key=lambda run: -params.recipes[run.recipe].epochs)


def stages(params: Params) -> list[str]:
    """All stages of dvc.yaml, in its order."""
    names: list[str] = []
    for name, stage in YAML(typ="safe").load(Path("dvc.yaml"))["stages"].items():
        names += [f"{name}@{run}" for run in config.all_runs(params.train)] if "matrix" in stage else [name]
    return names


def stale_stages() -> set[str]:
    """The stages of dvc.yaml that changed, not those that would change after them."""
    lines: list[str] = []
    run_dvc({"dvc status": ["status", "--json", "dvc.yaml"]}, show=lambda _, line: lines.append(line))
    return set(json.loads(lines[-1]))  # after warnings


def print_line(name: str, line: str) -> None:
    sys.stdout.write(f"{name} | {line}\n")
    sys.stdout.flush()


def run_dvc(commands: Mapping[str, Sequence[str]], jobs: int = 1, show: Show | None = None) -> None:
    """Run DVC with the arguments of each command, by name, up to `jobs` of them at a time.

    `show` gets the name and each line that is printed; without it they go to the terminal. Raises UserError, after all
    commands, with the causes of those that failed; KeyboardInterrupt as soon as all have ended.
    """
    processes: list[subprocess.Popen] = []
    with ThreadPoolExecutor(jobs) as pool:
        futures: list[Future] = []
        try:
            futures += [pool.submit(_run, name, words, show, processes) for name, words in commands.items()]
            wait(futures)
        except KeyboardInterrupt:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            pool.shutdown(wait=False, cancel_futures=True)
            _interrupt(futures, processes)
            raise
    if failures := [str(error) for future in futures if (error := future.exception())]:
        raise UserError("; ".join(failures))


def _run(name: str, words: Sequence[str], show: Show | None, processes: list[subprocess.Popen]) -> None:
    process = subprocess.Popen(
        ["dvc", "--wait-for-lock", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if show else None,
        stderr=subprocess.STDOUT if show else None,
        env={**os.environ, "PATH": search_path()},
        start_new_session=True,
    )
    processes.append(process)
    lines: list[str] = []
    reader = Thread(target=_read, args=(process.stdout, lines, partial(show, name) if show else None))
    reader.start()
    code = process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # if DVC was killed: what it ran
    reader.join()
    if code:
        reason = f"killed by {signal.Signals(-code).name}" if code < 0 else cause([], lines) or f"exit code {code}"
        raise CommandError(f"{name} failed: {reason}", "\n".join(lines))


def _read(stream: IO[bytes] | None, lines: list[str], show: Callable[[str], None] | None) -> None:
    """Add what is printed to `lines`. Whoever prints gets an error, too, if it cannot be shown."""
    if stream is None or show is None:
        return
    with stream, suppress(BrokenPipeError):
        for printed in stream:
            if line := printed.decode(errors="replace").rstrip().rpartition("\r")[2]:
                lines.append(line)
                show(line)


def _interrupt(futures: Iterable[Future], processes: list[subprocess.Popen]) -> None:
    """Interrupt each command that DVC runs, and those that it starts next, until DVC has ended."""
    deadline = time.monotonic() + GRACE
    told: set[psutil.Process] = set()
    while not all(future.done() for future in futures):
        for process in [process for process in processes if process.poll() is None]:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                if time.monotonic() > deadline:
                    os.killpg(process.pid, signal.SIGKILL)
                for command in set(psutil.Process(process.pid).children(recursive=True)) - told:
                    told.add(command)
                    command.send_signal(signal.SIGINT)
        time.sleep(0.05)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many runs at a time")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error("--jobs must be at least 1")
    files.execute("repro", partial(repro, arguments.jobs))
