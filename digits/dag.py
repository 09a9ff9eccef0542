"""The pipeline's graph, as DVC itself sees it, laid out in layers for drawing."""

from pathlib import Path
from typing import NamedTuple

import networkx as nx

WIDTH, HEIGHT, GAP_X, GAP_Y = 140, 30, 40, 14  # of a box, and between boxes, in SVG units


class Box(NamedTuple):
    name: str
    x: int
    y: int


class Layout(NamedTuple):
    boxes: list[Box]
    edges: list[tuple[Box, Box]]  # from what is needed to what needs it
    width: int
    height: int


def stage_graph(root: Path) -> nx.DiGraph:
    """Stage names and an edge from each stage to those that read what it writes."""
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        needs = nx.relabel_nodes(repo.index.graph, lambda stage: stage.addressing)
    return needs.reverse()


def lay_out(graph: nx.DiGraph) -> Layout:
    """Place each stage to the right of all that it needs, the stages of one layer below each other."""
    layers = [sorted(layer) for layer in nx.topological_generations(graph)]
    tallest = max(len(layer) for layer in layers)
    height = tallest * (HEIGHT + GAP_Y) - GAP_Y
    boxes = {}
    for column, layer in enumerate(layers):
        top = (height - (len(layer) * (HEIGHT + GAP_Y) - GAP_Y)) // 2
        for row, name in enumerate(layer):
            boxes[name] = Box(name, column * (WIDTH + GAP_X), top + row * (HEIGHT + GAP_Y))
    # An edge that another path already implies (preprocess to evaluate, past train) would cross the boxes between.
    edges = [(boxes[start], boxes[end]) for start, end in sorted(nx.transitive_reduction(graph).edges)]
    return Layout(list(boxes.values()), edges, len(layers) * (WIDTH + GAP_X) - GAP_X, height)
