"""Merging the results of two branches: dvc.lock stage by stage, README without its table."""

from pathlib import Path

import pytest

from digits.merge import drive, merge_locks
from digits.readme import results_of, with_results

HEAD = "schema: '2.0'\nstages:\n"
README = "# Title\n\n<!-- results -->\n{table}<!-- /results -->\n\n{text}\n"


def lock(**digests: str) -> str:
    stages = [f"  {name}:\n    deps:\n    - path: a\n      md5: {digest}\n" for name, digest in digests.items()]
    return HEAD + "".join(stages)


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ({"x": "1", "y": "2"}, {"x": "3", "y": "1"}, {"x": "3", "y": "2"}),  # one stage each
        ({"x": "2", "y": "1"}, {"x": "3", "y": "1"}, {"x": "2", "y": "1"}),  # the same stage
        ({"x": "1"}, {"x": "1", "y": "1", "z": "4"}, {"x": "1", "z": "4"}),  # removed here, added there
        ({"x": "1", "y": "1"}, {"y": "1"}, {"y": "1"}),  # removed there
    ],
)
def test_a_lock_is_merged_stage_by_stage(ours: dict, theirs: dict, merged: dict):
    assert merge_locks(lock(x="1", y="1"), lock(**ours), lock(**theirs)) == lock(**merged)


@pytest.mark.parametrize(("text", "conflicts"), [("there", 0), ("here too", 1)])
def test_tables_do_not_conflict_but_words_do(tmp_path: Path, text: str, conflicts: int):
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    here = "old" if conflicts == 0 else "here"
    for path, table, words in zip(paths, ("|1|\n", "|2|\n", "|3|\n"), ("old", here, text), strict=True):
        path.write_text(README.format(table=table, text=words))
    assert drive("readme", *paths) == conflicts
    merged = paths[1].read_text()
    assert results_of(merged) == "|2|\n"
    assert text in merged


def test_a_readme_without_markers_stays(tmp_path: Path):
    assert with_results("# Mine\n", "|1|\n") == "# Mine\n"
    assert results_of("# Mine\n") == ""
