"""A recipe's net in PyTorch: the same layers with the same weights, and its training steps."""

import math
import time

import keras
import numpy as np
import torch
from torch import nn

from digits.config.recipes import Recipe
from digits.core.determinism import THREADS
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from digits.training import optimizers


class Flatten(nn.Module):
    """Flattens as Keras does, channels last, so that the weights of a dense layer fit."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.permute(0, 2, 3, 1).flatten(1)


class Mean(nn.Module):
    """Global average pooling."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.mean((2, 3))


WITHOUT_WEIGHTS = {
    keras.layers.ReLU: nn.ReLU,
    keras.layers.Flatten: Flatten,
    keras.layers.GlobalAveragePooling2D: Mean,
}


def translated(model: keras.Sequential) -> nn.Sequential:
    """The layers of `model` after its normalization, without the softmax: (n, 1, 28, 28) float32 to logits (n, 10)."""
    modules = [module for layer in model.layers[1:] for module in _modules(layer)]
    return nn.Sequential(*modules).to(memory_format=torch.channels_last)


def _modules(layer: keras.Layer) -> list[nn.Module]:
    activations = {keras.activations.relu: [nn.ReLU()], keras.activations.sigmoid: [nn.Sigmoid()]}
    activation = activations.get(getattr(layer, "activation", None), [])
    weights = [torch.from_numpy(np.array(it)) for it in layer.get_weights()]
    match layer:
        case keras.layers.Conv2D():
            return [_convolution(layer, weights[0].permute(3, 2, 0, 1), weights[1:], groups=1), *activation]
        case keras.layers.DepthwiseConv2D():
            kernel = weights[0].permute(2, 3, 0, 1)
            return [_convolution(layer, kernel, weights[1:], groups=len(kernel)), *activation]
        case keras.layers.Dense():
            return [_dense(*weights), *activation]
        case keras.layers.BatchNormalization():
            return [_norm(layer, weights)]
        case keras.layers.MaxPooling2D():
            return [nn.MaxPool2d(layer.pool_size)]
        case keras.layers.Dropout():
            return [nn.Dropout(layer.rate)]
    return [WITHOUT_WEIGHTS[type(layer)]()]


def _dense(kernel: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    dense = nn.Linear(*kernel.shape)
    dense.load_state_dict({"weight": kernel.T, "bias": bias})
    return dense


def _norm(layer: keras.layers.BatchNormalization, weights: list[torch.Tensor]) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(len(weights[0]), layer.epsilon, 1 - layer.momentum)
    names = ("weight", "bias", "running_mean", "running_var")
    norm.load_state_dict(dict(zip(names, weights, strict=True)), strict=False)  # it has no count of batches
    return norm


def _convolution(layer: keras.Layer, kernel: torch.Tensor, bias: list[torch.Tensor], groups: int) -> nn.Conv2d:
    """`kernel` is (filters, channels of a group, height, width)."""
    channels = kernel.shape[1] * groups
    convolution = nn.Conv2d(
        channels, len(kernel), tuple(kernel.shape[2:]), layer.strides, layer.padding, groups=groups, bias=bool(bias)
    )
    convolution.load_state_dict({"weight": kernel, **({"bias": bias[0]} if bias else {})})
    return convolution


def seconds_per_100_steps(
    net: nn.Sequential, recipe: Recipe, train: LabeledImages, normalization: Normalization, steps: int
) -> float:
    """Of the last three quarters of `steps` training steps, from bytes to updated weights, on THREADS threads."""
    torch.set_num_threads(THREADS)
    images, labels = torch.tensor(train.images[..., 0]), torch.tensor(train.labels, dtype=torch.long)
    loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    optimizer = torch.optim.Adam(net.parameters(), eps=1e-7)
    rate = optimizers.learning_rate(recipe, len(train.labels))
    rates = [float(rate(step)) if callable(rate) else rate for step in range(steps)]
    epochs = math.ceil(steps * recipe.batch_size / len(labels))
    order = torch.cat([torch.randperm(len(labels)) for _ in range(epochs)])
    start = 0.0
    for step, chosen in enumerate(order.split(recipe.batch_size)[:steps]):
        if step == steps // 4:
            start = time.perf_counter()
        pixels = (images[chosen].unsqueeze(1).float() - normalization.mean) / normalization.std
        optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.zero_grad()
        loss(net(pixels.contiguous(memory_format=torch.channels_last)), labels[chosen]).backward()
        optimizer.step()
    return 100 * (time.perf_counter() - start) / (steps - steps // 4)
