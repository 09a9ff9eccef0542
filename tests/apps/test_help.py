"""Every app explains how it is used: `--help` starts nothing."""

import pytest

from support import ROOT, run

APPS = sorted(it.stem for it in (ROOT / "apps").glob("*.py") if it.stem != "__init__")


@pytest.mark.parametrize("app", APPS)
def test_help_is_printed_and_nothing_else_happens(app: str):
    done = run(["python", "-m", f"apps.{app}", "--help"], ROOT)
    assert done.stdout.startswith(f"usage: {app}.py")
    assert not done.stderr
