"""What makes a result stale: exactly what its numbers depend on."""

import shutil
from pathlib import Path

import pytest

from digits.experiments import jobs, origin
from digits.experiments.plans import Group
from support import ROOT


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that an origin is made of."""
    for name in ("digits", "requirements", "studies"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "metrics").mkdir()
    for name in ("params.yaml", "metrics/dataset.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def origin_of(**content: object) -> str:
    group = Group.model_validate({"recipes": ["fast"], **content})
    return origin.signed(jobs.planned("group", group))[0].origin


RELEVANT = [
    ("params.yaml", "  seed: 0                     # which", "  seed: 7                     # which"),
    ("params.yaml", "epochs: 2\n", "epochs: 3\n"),
    ("metrics/dataset.json", '"digest": "', '"digest": "0'),
    ("digits/core/determinism.py", "THREADS = 2", "THREADS = 1"),
    ("digits/models/inference.py", "BATCH = 1000", "BATCH = 500"),
    ("digits/training/loop.py", "STEPS = 8", "STEPS = 4"),
    ("digits/architectures/fast.py", "strides=2", "strides=1"),
    ("requirements/base.txt", "\nkeras==", "\nkeras==9"),
]
IRRELEVANT = [
    ("params.yaml", "n_bootstrap: 1000", "n_bootstrap: 2000"),
    ("params.yaml", "epochs: 30\n", "epochs: 31\n"),  # of `best`
    ("digits/training/loop.py", '"""', '"""Other words. '),
    ("digits/training/loop.py", "STEPS = 8  #", "STEPS  =  8  # another comment"),
    ("digits/architectures/best.py", "use_bias=", "use_bias ="),
    ("digits/core/paths.py", "data/raw", "data/raw2"),
    ("studies/hands/ways.py", "def prepared(", "def prepared_("),  # of a judge of others
    ("requirements/base.txt", "    # via", "    # by way of"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"), [(*it, True) for it in RELEVANT] + [(*it, False) for it in IRRELEVANT]
)
def test_a_result_is_stale_exactly_if_its_numbers_could_change(
    repository: Path, file: str, old: str, new: str, stale: bool
):
    before = origin_of()
    text = (repository / file).read_text()
    assert old in text
    (repository / file).write_text(text.replace(old, new, 1))
    assert (origin_of() != before) == stale


def test_changes_recipe_fold_and_judge_are_part_of_the_origin_and_the_seed_is_not(in_root: None):
    others = [{}, {"common": ["epochs=1"]}, {"recipes": ["best"]}, {"folds": 2}, {"folds": 3}, {"judge": "hands"}]
    assert len({origin_of(**it) for it in others}) == len(others)
    assert origin_of(seeds=[2]) == origin_of(judge="test") == origin_of()


def test_a_digest_of_code_is_of_its_statements_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def digest(text: str) -> str:
        Path("module.py").write_text(text)
        return origin.digest(("*.py",))

    base = digest("def double(x):\n    return 2 * x\n")
    assert digest('"""About."""\n\ndef double(x):  # fast\n    """Doubles."""\n    return (2 *\n        x)\n') == base
    assert digest("def double(x):\n    return 2.0 * x\n") != base
    assert digest("def double(x):\n    'a docstring'\n") != digest("def double(x):\n    return 'a docstring'\n")
    assert base == "161d133773a2f031ce9869d081dc159f9a584559d6ee98fc08485d05652ecc85"  # the same on every Python
