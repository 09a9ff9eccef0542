"""The committed recognizer, and pictures of printed digits."""

from pathlib import Path

import pytest

from digits.recognizer import Recognizer
from digits.recognizer.reading import RECOGNIZER
from photos import printed
from support import ROOT


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return Recognizer(ROOT / RECOGNIZER)


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    printed("7").save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Two lines of three digits."""
    printed("407", "195").save(tmp_path / "note.png")
    return tmp_path / "note.png"
