import networkx as nx
from conftest import ROOT

from digits import cells, dag, params


def test_the_graph_is_dvcs_own():
    graph = dag.stage_graph(ROOT)
    trained = [str(cell) for cell in cells.of(params.load(ROOT / "params.yaml").train)]
    assert set(graph) == {
        "fetch",
        "preprocess",
        "audit_labels",
        "corrupt",
        "outliers",
        "hold_out",
        "export",
        "evaluate_recogniser",
        "report",
        *(f"train@{cell}" for cell in trained),
        *(f"{stage}@{cell}" for cell in trained for stage in ("evaluate", "calibrate", "robustness", "detect")),
    }
    assert nx.has_path(graph, "fetch", "report")
    assert nx.has_path(graph, "train@best-0", "evaluate_recogniser")
    assert ("preprocess", "evaluate@mlp-0") in graph.edges  # the test split goes past train


def test_layout_runs_left_to_right_without_overlap():
    graph = nx.DiGraph([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d")])
    layout = dag.lay_out(graph)
    at = {box.name: box for box in layout.boxes}
    assert at["a"].x < at["b"].x == at["c"].x < at["d"].x
    assert abs(at["b"].y - at["c"].y) >= dag.HEIGHT
    assert {(start.name, end.name) for start, end in layout.edges} == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    assert at["d"].x + dag.WIDTH == layout.width
