"""The largest pictures that are allowed, each read by the command within a gigabyte of memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from support import ROOT

GRAY, COLOR = 8000, 5900  # pixels of each side: 64 million, and 35 million where a pixel takes more than a byte
# The peak of a new process starts with that of its parent, which must be small: pytest with TensorFlow is not.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (2**10 if sys.platform == "linux" else 1)
print(peak, flush=True)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("mode", "side", "suffix", "options"),
    [
        ("L", GRAY, "png", {}),
        ("L", GRAY, "tif", {}),
        ("RGB", GRAY, "jpg", {}),
        ("RGB", GRAY, "jpg", {"progressive": True, "subsampling": 0}),
        ("RGB", COLOR, "png", {}),
        ("RGBA", COLOR, "png", {}),
        ("RGBA", COLOR, "tif", {}),
        ("RGBA", COLOR, "webp", {"lossless": True, "method": 0}),
        ("F", COLOR, "tif", {}),
    ],
)
def test_the_largest_pictures_are_read_within_a_gigabyte(
    tmp_path: Path, mode: str, side: int, suffix: str, options: dict
):
    path = tmp_path / f"large.{suffix}"
    image = Image.new(mode, (side, side), "white" if mode != "F" else 255)
    ends = (side // 2, side // 4), (side // 2, 3 * side // 4)
    ImageDraw.Draw(image).line(ends, "black" if mode != "F" else 0, side // 20)
    image.save(path, **options)
    command = [sys.executable, "-c", MEASURE, sys.executable, "-m", "digits.recognizer", str(path)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    answer, peak = done.stdout.splitlines()
    assert (done.returncode, answer.split()[1]) == (0, "1")
    assert int(peak) < 10**9
