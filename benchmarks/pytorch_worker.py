"""Time the training steps of a recipe's net in PyTorch, in a process of its own, and print the seconds as JSON.

    python -m benchmarks.pytorch_worker fast --steps 400
    python -m benchmarks.pytorch_worker fast --avx2         without AVX-512, as the recipes are trained

The net, its first weights, batch size, optimizer and learning rates are those of the recipe; augmentation is left out.
PyTorch runs eagerly, with channels last and as many threads as TensorFlow. It is in no lock: `pip install torch`.
"""

import argparse
import json
import os

from digits.config.params import load_params
from digits.core import artifacts, paths
from digits.core.determinism import ENVIRONMENT, pin_tensorflow
from digits.data import datasets
from digits.data.splits import Normalization

AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}  # of PyTorch's own kernels and of oneDNN's


def main(name: str, steps: int, avx2: bool) -> float:
    recipe, train = load_params().recipes[name], datasets.load(paths.PROCESSED / "train")
    normalization = Normalization(**artifacts.read_json(paths.NORMALIZATION))
    pin_tensorflow(0)
    from digits import architectures

    model = architectures.build(name, recipe, normalization)
    for variable in ENVIRONMENT:  # PyTorch runs as its users run it, and reads some of these when it is imported
        os.environ.pop(variable, None)
    os.environ.update(AVX2 if avx2 else {})
    from benchmarks import pytorch_net

    net = pytorch_net.translated(model)
    return pytorch_net.seconds_per_100_steps(net, recipe, train, normalization, steps)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--avx2", action="store_true", help="held to AVX2, as TensorFlow is here")
    arguments = parser.parse_args()
    print(json.dumps({"100 steps": main(arguments.name, arguments.steps, arguments.avx2)}))
