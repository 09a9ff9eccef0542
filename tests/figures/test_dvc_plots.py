"""What a reader of `dvc plots diff` sees: this project's templates, drawn by Vega."""

import json
from pathlib import Path
from xml.etree import ElementTree

import vl_convert

from apps.plots_page import VEGA_LITE
from support import ROOT

TEMPLATES = ROOT / ".dvc/plots"


def drawn(template: Path, rows: list[dict[str, str]]) -> ElementTree.Element:
    """The template as an SVG, filled as DVC fills it: the values are text."""
    text = template.read_text(encoding="utf-8").replace('"<DVC_METRIC_DATA>"', json.dumps(rows))
    return ElementTree.fromstring(vl_convert.vegalite_to_svg(json.loads(text), vl_version=VEGA_LITE))


def inside(svg: ElementTree.Element, role: str, tag: str) -> list[ElementTree.Element]:
    """The elements `tag` in Vega's groups of that role, such as "axis-label"."""
    groups = [it for it in svg.iterfind(".//{*}g[@class]") if f"role-{role}" in it.attrib["class"].split()]
    return [it for group in groups for it in group.iterfind(f".//{{*}}{tag}")]


def test_histories_show_whole_epochs_and_the_legend_tells_train_from_validation():
    values = {"accuracy": "0.5", "val_accuracy": "0.6", "loss": "2", "val_loss": "1"}
    rows = [{"rev": rev, "epoch": epoch, **values} for rev in ("HEAD", "workspace") for epoch in ("9", "10")]
    svg = drawn(TEMPLATES / "history.json", rows)
    assert [it.text for it in inside(svg, "axis-label", "text")][:4] == ["9", "10"] * 2  # of accuracy and loss
    assert [it.text for it in inside(svg, "legend-label", "text")] == ["HEAD", "workspace", "validation", "train"]
    validation, train = inside(svg, "legend-symbol", "path")[2:]
    assert validation.get("stroke") == train.get("stroke") == "#666"
    assert (validation.get("stroke-dasharray"), train.get("stroke-dasharray")) == ("1,0", "4,2")
