"""Keeping TensorFlow's start-up notes off the terminal, where they would bury the one line that a stage prints."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Drop what compiled code writes to standard error; Python's own exceptions pass as ever.

    TensorFlow logs through its own descriptor before its log level is read, so no setting reaches it.
    """
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
