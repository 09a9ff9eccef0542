"""Notes how long the parts of a training take."""

import math
import time
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

Seconds = dict[str, float | None]
TARGET = 0.99  # validation accuracy: `cnn` reaches it in its ten epochs, the feed-forward nets do not


class Watch:
    """Notes when batches and epochs of a training end; stops it after `steps` steps."""

    def __init__(self, model: "keras.Model", steps: float = math.inf) -> None:
        self.model, self.steps = model, steps
        self.start = time.perf_counter()
        self.first: float | None = None
        self.target: float | None = None
        self.epochs: list[float] = []
        self.batches: dict[int, float] = {}  # by number; those of the last epoch stay

    def callback(self) -> "keras.callbacks.Callback":
        import keras

        return keras.callbacks.LambdaCallback(on_train_batch_end=self._batch, on_epoch_end=self._epoch)

    def _batch(self, batch: int, logs: dict[str, float]) -> None:
        self.batches[batch] = time.perf_counter() - self.start
        self.first = self.first or self.batches[batch]
        self.model.stop_training |= batch >= self.steps

    def _epoch(self, epoch: int, logs: dict[str, float]) -> None:
        self.epochs.append(time.perf_counter() - self.start)
        if self.target is None and logs["val_accuracy"] >= TARGET:
            self.target = self.epochs[-1]

    def seconds(self) -> Seconds:
        # The first epoch and its first steps include the tracing; the first epoch may be the only one.
        later = [end - start for start, end in pairwise(self.epochs)] or self.epochs
        timed = sorted(self.batches)[len(self.batches) // 4 :]
        elapsed = self.batches[timed[-1]] - self.batches[timed[0]]
        return {
            "first steps": self.first,
            "100 steps": 100 * elapsed / (timed[-1] - timed[0]) if len(timed) > 1 else None,
            "epoch": median(later),
            "fit": time.perf_counter() - self.start,
            "fit to target": self.target,
        }
