"""Another processor: minutes long under emulation, so it belongs to the slow tier."""

import shutil
import sysconfig
from pathlib import Path

import pytest

from support import BIN, run

EMULATOR = shutil.which("qemu-x86_64")
TRAINED = ("models/mlp-0.keras", "plots/history/mlp-0.csv", "metrics/train/mlp-0.json")
EVALUATED = ("metrics/test/mlp-0.json", "metrics/errors/mlp-0.csv", "plots/reliability/mlp-0.csv")


@pytest.mark.skipif(EMULATOR is None, reason="needs qemu-x86_64, in Debian's package qemu-user")
def test_a_processor_without_avx512_gives_the_same_bytes(pipeline: Path, workspace: Path):
    python = (BIN / "python").resolve()  # the emulator does not follow the links of a virtual environment
    for stage in ("train", "evaluate"):
        command = [EMULATOR, "-cpu", "Haswell-noTSX", python, "-m", f"stages.{stage}", "mlp", "0"]
        run(command, workspace, PYTHONPATH=sysconfig.get_path("purelib"))
    for name in TRAINED + EVALUATED:
        assert (workspace / name).read_bytes() == (pipeline / name).read_bytes(), name
        assert (workspace / name).stat().st_mtime > (pipeline / name).stat().st_mtime + 1, f"{name} was not made anew"
