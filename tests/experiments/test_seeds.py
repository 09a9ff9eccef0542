"""Many seeds: ensembles by hand, what makes a result stale, and a plan's mistakes named."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from digits.experiments import code_digest, seeds
from digits.experiments.seeds import Entry
from support import ROOT, run


def test_two_models_with_different_errors_are_both_corrected_by_their_mean():
    labels = np.array([0, 1])
    sure, unsure = [0.9, 0.1], [0.55, 0.45]
    members = np.zeros((2, 2, 10))
    members[0, :, :2] = [sure, unsure]  # misreads the second image, narrowly
    members[1, :, :2] = [unsure[::-1], sure[::-1]]  # misreads the first, narrowly
    table = seeds.ensembles(labels, members, level=0.95, bins=15)
    assert table[["members", "ensembles", "mean", "min", "max"]].to_numpy().tolist() == [
        [1, 2, 0.5, 0.5, 0.5],
        [2, 1, 1.0, 1.0, 1.0],
    ]
    means = [(0.9 + 0.45) / 2, (0.45 + 0.9) / 2]  # of the true class, by hand
    assert table["nll"].iloc[1] == pytest.approx(-np.log(means).mean())


def test_every_choice_of_members_is_counted(noise):
    members = np.random.default_rng(0).dirichlet(np.ones(10), size=(5, len(noise.labels)))
    assert seeds.ensembles(noise.labels, members, 0.95, 15)["ensembles"].tolist() == [5, 10, 10, 5, 1]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that an origin is made of."""
    for name in ("digits", "requirements", "plans", "studies"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "metrics").mkdir()
    for name in ("params.yaml", "metrics/dataset.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FAST = Entry(recipe="fast", changes=[], seeds=[1])
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
    ("requirements/base.txt", "    # via", "    # by way of"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"), [(*it, True) for it in RELEVANT] + [(*it, False) for it in IRRELEVANT]
)
def test_a_result_is_stale_exactly_if_its_numbers_could_change(
    repository: Path, file: str, old: str, new: str, stale: bool
):
    before = seeds.origin(FAST)
    text = (repository / file).read_text()
    assert old in text
    (repository / file).write_text(text.replace(old, new, 1))
    assert (seeds.origin(FAST) != before) == stale


def test_changes_and_recipe_are_part_of_the_origin(repository: Path):
    others = [FAST.model_copy(update=it) for it in ({"changes": ["epochs=1"]}, {"recipe": "best"})]
    assert len({seeds.origin(entry) for entry in [FAST, *others]}) == 3
    assert seeds.origin(FAST.model_copy(update={"seeds": [2]})) == seeds.origin(FAST)


def test_the_committed_results_are_of_the_present_code(in_root: None):
    table = seeds.measured()
    for name, entry in seeds.load().items():
        rows = table[table["name"] == name]
        assert set(rows["seed"]) == set(entry.seeds), name
        assert set(rows["origin"]) == {seeds.origin(entry)}, f"{name}: run `make seeds`"


def test_a_digest_of_code_is_of_its_statements_alone(tmp_path: Path):
    path = tmp_path / "module.py"

    def digest(text: str) -> str:
        path.write_text(text)
        return code_digest.digest([path])

    base = digest("def double(x):\n    return 2 * x\n")
    assert digest('"""About."""\n\ndef double(x):  # fast\n    """Doubles."""\n    return (2 *\n        x)\n') == base
    assert digest("def double(x):\n    return 2.0 * x\n") != base
    assert digest("def double(x):\n    'a docstring'\n") != digest("def double(x):\n    return 'a docstring'\n")
    assert base == "161d133773a2f031ce9869d081dc159f9a584559d6ee98fc08485d05652ecc85"  # the same on every Python


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("best: {recipe: Best, changes: [], seeds: [1]}", "best.recipe"),
        ("best: {recipe: best, change: [], seeds: [1]}", "best.changes: Field required; best.change"),
        ("Best one: {recipe: best, changes: [], seeds: [1]}", "Best one"),
        ("best: {recipe: best, changes: [], seeds: []}", "best.seeds"),
    ],
)
def test_a_mistake_in_the_plan_is_named(content: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    seeds.PLAN.parent.mkdir()
    seeds.PLAN.write_text(content)
    with pytest.raises(ValueError, match=rf"plans/seeds\.yaml: .*{words}"):
        seeds.load()


def test_an_unknown_recipe_is_named(repository: Path):
    with pytest.raises(ValueError, match="names the recipe bset"):
        seeds.origin(FAST.model_copy(update={"recipe": "bset"}))


def test_an_unknown_entry_is_named():
    done = run(["python", "-m", "apps.seeds", "beast"], ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("seeds: plans/seeds.yaml has no entry beast; it has fast, best, best-half")
