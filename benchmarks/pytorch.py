"""A recipe's network in PyTorch: the same layers with the same weights, and the time of its training steps."""

import time

import keras
import numpy as np
import torch
from torch import nn

from digits.config import Recipe
from digits.data import LabeledImages, Normalization
from digits.training import ADAM_SHARE, MOMENTUM


class Flatten(nn.Module):
    """Flattens as Keras does, channels last, so that the weights of a dense layer fit."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.permute(0, 2, 3, 1).flatten(1)


class Mean(nn.Module):
    """Global average pooling."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.mean((2, 3))


def translated(model: keras.Sequential) -> nn.Sequential:
    """The layers of `model` after its normalization, without the softmax: (n, 1, 28, 28) float32 to logits (n, 10)."""
    modules = [module for layer in model.layers[1:] for module in _modules(layer)]
    return nn.Sequential(*modules).to(memory_format=torch.channels_last)


def _modules(layer: keras.Layer) -> list[nn.Module]:
    activations = {keras.activations.relu: [nn.ReLU()], keras.activations.sigmoid: [nn.Sigmoid()]}
    activation = activations.get(getattr(layer, "activation", None), [])
    weights = [torch.from_numpy(np.array(weight)) for weight in layer.get_weights()]
    match layer:
        case keras.layers.Conv2D() | keras.layers.DepthwiseConv2D():
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            kernel = weights[0].permute(*((2, 3) if depthwise else (3, 2)), 0, 1)
            filters, channels, *size = kernel.shape  # channels of a group
            options = {"groups": filters if depthwise else 1, "bias": len(weights) > 1}
            channels *= options["groups"]
            module = nn.Conv2d(channels, filters, tuple(size), layer.strides, layer.padding, **options)
            return [_with_weights(module, kernel, *weights[1:]), *activation]
        case keras.layers.Dense():
            return [_with_weights(nn.Linear(*weights[0].shape), weights[0].T, weights[1]), *activation]
        case keras.layers.BatchNormalization():
            return [_with_weights(nn.BatchNorm2d(len(weights[0]), layer.epsilon, 1 - layer.momentum), *weights)]
        case keras.layers.MaxPooling2D():
            return [nn.MaxPool2d(layer.pool_size)]
        case keras.layers.Dropout():
            return [nn.Dropout(layer.rate)]
    plain = {keras.layers.ReLU: nn.ReLU, keras.layers.Flatten: Flatten, keras.layers.GlobalAveragePooling2D: Mean}
    return [plain[type(layer)]()]


def _with_weights(module: nn.Module, *weights: torch.Tensor) -> nn.Module:
    names = ("weight", "bias", "running_mean", "running_var")
    module.load_state_dict(dict(zip(names, weights, strict=False)), strict=False)  # Keras has no count of batches
    return module


def seconds_per_100_steps(
    net: nn.Sequential, recipe: Recipe, train: LabeledImages, normalization: Normalization, steps: int, threads: int
) -> float:
    """Of the last three quarters of `steps` training steps, from bytes to updated weights, on `threads` threads."""
    torch.set_num_threads(threads)
    images, labels = torch.tensor(train.images[..., 0]), torch.tensor(train.labels, dtype=torch.long)
    loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    optimizers = make_optimizers(net, recipe)
    for step in range(steps):
        if step == steps // 4:
            start = time.perf_counter()
        batch = torch.randint(len(labels), (recipe.batch_size,))
        pixels = (images[batch].unsqueeze(1).float() - normalization.mean) / normalization.std
        net.zero_grad()
        loss(net(pixels.contiguous(memory_format=torch.channels_last)), labels[batch]).backward()
        for optimizer in optimizers:
            optimizer.step()
    return 100 * (time.perf_counter() - start) / (steps - steps // 4)


def make_optimizers(net: nn.Sequential, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Those of the recipe, with a constant rate."""
    if recipe.optimizer != "muon":
        return [torch.optim.Adam(net.parameters(), recipe.learning_rate)]
    kernels = [weight for weight in net.parameters() if weight.ndim > 1]
    matrices = [weight for weight in kernels[1:-1] if weight.shape[1] > 1]  # none of a depthwise convolution
    others = [weight for weight in net.parameters() if all(weight is not matrix for matrix in matrices)]
    return [Muon(matrices, recipe.learning_rate), torch.optim.Adam(others, ADAM_SHARE * recipe.learning_rate)]


class Muon(torch.optim.Optimizer):
    """As `digits.training.Muon`; PyTorch's own takes matrices only."""

    def __init__(self, weights: list[torch.Tensor], rate: float) -> None:
        super().__init__(weights, {"rate": rate})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
                momentum.mul_(MOMENTUM).add_(weight.grad)
                matrix = (weight.grad + MOMENTUM * momentum).reshape(len(weight), -1)
                weight.sub_(group["rate"] * orthogonalized(matrix).reshape(weight.shape))


def orthogonalized(matrix: torch.Tensor) -> torch.Tensor:
    """Five steps of Newton and Schulz towards the nearest orthogonal matrix (Jordan et al. 2024)."""
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(5):
        gram = wide @ wide.T
        wide = 3.4445 * wide + (-4.7750 * gram + 2.0315 * gram @ gram) @ wide
    return wide if len(matrix) <= matrix.shape[1] else wide.T
