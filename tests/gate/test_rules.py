"""The rules of the gate: limits, tolerances, and what a change of the rules needs."""

import dataclasses
import json

import pytest
from gate_snapshots import GATE, compare, results, snapshot

from digits.core.errors import UserError
from digits.gate import comparison, rules, summary, verdict
from digits.gate.rules import Rules
from digits.versions.studies import Gap
from support import ROOT


def test_other_measures_fail_by_their_own_unit_and_direction():
    before = snapshot(mlp={0: results([], ece=0.02)})
    assert not compare(before, snapshot(mlp={0: results([], ece=0.03)}))[0].failures
    assert not compare(before, snapshot(mlp={0: results([], ece=0.0)}))[0].failures
    (verdict,) = compare(before, snapshot(mlp={0: results([], ece=0.031)}))
    assert verdict.failures == ["ece went from 0.02 to 0.031, worse by more than 0.01"]


def test_a_loss_within_the_tolerance_passes_and_is_told():
    before, after = snapshot(mlp={0: results([])}), snapshot(mlp={0: results(list(range(8)))})
    (verdict,) = compare(before, after, tolerances={"accuracy": 0.008})
    assert not verdict.failures
    assert "worse by 0.80 points, which is tolerated" in summary.sentences(verdict, Rules.model_validate(GATE))[0]


def test_limits_hold_whatever_the_baseline_and_for_new_recipes():
    limits = {"mlp": {"accuracy": {"min": 0.99, "max": 0.995}}}
    worse, better = {0: results(list(range(11)))}, {0: results(list(range(4)))}
    (verdict,) = compare(snapshot(mlp=worse), snapshot(mlp=worse), limits=limits)
    assert verdict.failures == ["accuracy is 0.989, below its limit of 0.99"]
    cnn = {0: results([])}
    (verdict,) = compare(snapshot(cnn=cnn), snapshot(cnn=cnn, mlp=better), limits=limits)[1:]
    assert verdict.failures == ["accuracy is 0.996, above its limit of 0.995; too good to be true, look for a leak"]
    assert summary.table([verdict])["verdict"].tolist() == ["FAILS"]


MISSPELT = {
    "tolerances": {"accuracy": 0.0, "acuracy": 0.1},
    "limits": {"mlp": {"acuracy": {"min": 0.5}}},
}


@pytest.mark.parametrize("section", ["tolerances", "limits"])
def test_a_measure_that_does_not_exist_is_an_error(section: str):
    same = snapshot(mlp={0: results([])})
    with pytest.raises(UserError, match=r"gate\.\S*acuracy is not a measure of mlp; the nearest: accuracy, "):
        compare(same, same, **{section: MISSPELT[section]})


@pytest.mark.parametrize("section", ["tolerances", "limits"])
def test_a_measure_of_a_study_that_is_not_current_is_left_out_and_named(section: str):
    names = {"acuracy": "corrupted_accuracy"}
    gated = json.loads(json.dumps({section: MISSPELT[section]}).replace("acuracy", names["acuracy"]))
    before, after = snapshot(mlp={0: results([], corrupted_accuracy=0.9)}), snapshot("now", mlp={0: results([])})
    for gap in (Gap("robustness", "mlp", "not run"), Gap("robustness", "mlp", "stale", {"corrupted_accuracy"})):
        after.gaps[:] = [gap]
        verdicts = compare(before, after, **gated)
        assert not verdicts[0].failures
        assert (
            summary.notes(before, after, verdicts, Rules.model_validate(GATE))[1]
            == "not checked without them: corrupted_accuracy (mlp)"
        )
    assert (
        summary.notes(before, after, verdicts, Rules.model_validate(GATE))[0]
        == "studies left out of now: stale: robustness (mlp)"
    )
    with pytest.raises(UserError, match="acuracy is not a measure"):  # no study that is stale has it
        compare(before, after, **{section: MISSPELT[section]})


def test_the_recognizer_is_held_to_its_limits_alone_and_the_table_fits_120_columns():
    before = snapshot(mlp={0: results([])})
    after = dataclasses.replace(
        snapshot("here", mlp={0: results(list(range(100)))}), recognizer={"accuracy": 0.99, "ece": 0.2}
    )
    limits = {"recognizer": {"accuracy": {"min": 0.98}, "ece": {"max": 0.1}}}
    verdicts = compare(before, after, limits=limits)
    assert verdicts[1].failures == ["ece is 0.2, above its limit of 0.1"]
    table = summary.table(verdicts)
    row = table.to_dict("records")[1]
    assert (row["model"], row["after"], row["before"], row["verdict"]) == ("recognizer", "99.00%", "-", "FAILS")
    assert max(map(len, table.to_string(index=False).splitlines())) <= 120
    (kept,) = compare(before, after, limits={})[1:]
    assert summary.sentences(kept, Rules.model_validate(GATE)) == ["recognizer: within its limits"]


def test_limits_may_be_set_for_recipes_and_the_recognizer_alone(tmp_path):
    assert "recognizer" in rules.load_rules(ROOT / "params.yaml").limits
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "studies").symlink_to(ROOT / "studies")  # whose names are sections of params.yaml
    (tmp_path / "params.yaml").write_text(text.replace("\n    recognizer:", "\n    recogniser:"), encoding="utf-8")
    with pytest.raises(UserError, match=r"gate\.limits\.recogniser is no recipe; allowed here: mlp, .*, recognizer"):
        rules.load_rules(tmp_path / "params.yaml")


def test_the_baselines_rules_apply_and_their_change_is_named():
    mlp = {0: results([])}
    old = {**GATE, "limits": {"mlp": {"accuracy": {"min": 0.9}}}}
    before, after = snapshot(mlp=mlp), snapshot("now", mlp=mlp)
    before.params["gate"], after.params["gate"] = old, {**old, "alpha": 0.5, "limits": {}}
    (note,) = summary.notes(before, after, [], Rules.model_validate(old))
    assert (
        note
        == "the rules of main apply; changed since: gate.alpha 0.05 -> 0.5, gate.limits.mlp.accuracy.min 0.9 -> None"
    )
    assert rules.rules_between(before, after) == Rules.model_validate(old)
    before.params["gate"] = {"alpha": 0.05}
    with pytest.raises(UserError, match="of main is not valid"):
        rules.rules_between(before, after)


def test_changed_rules_need_a_commit_of_their_own():
    before, after = snapshot(mlp={0: results([1])}), snapshot("now", mlp={0: results([2])})
    before.params["gate"], after.params["gate"] = GATE, {**GATE, "alpha": 0.5}
    with pytest.raises(
        UserError, match=r"gate.alpha 0.05 -> 0.5\) needs a commit of its own: the results of mlp changed"
    ):
        compare(before, after)
    after.results["mlp"] = {0: results([1], corrupted_accuracy=0.9)}  # a study that was run since
    assert not compare(before, after)[0].failures


def test_a_new_recipe_comes_with_its_limits():
    mlp, limits = {0: results([1])}, {"cnn": {"accuracy": {"min": 0.999}}}
    before, after = snapshot(mlp=mlp), snapshot("now", mlp={0: results([2])}, cnn={0: results([1, 2])})
    before.params["gate"], after.params["gate"] = GATE, {**GATE, "limits": limits}
    section = rules.rules_between(before, after)
    found = [verdict.judge(it, section) for it in comparison.compare(before, after, section)]
    assert found[1].failures == ["accuracy is 0.998, below its limit of 0.999"]


def test_a_recipe_can_be_removed_in_a_commit_of_its_own():
    mlp, cnn = {0: results([1])}, {0: results([2])}
    before, after = snapshot(mlp=mlp, cnn=cnn), snapshot("now", mlp=mlp)
    (kept,) = compare(before, after)
    assert not kept.failures
    assert summary.notes(before, after, [kept], Rules.model_validate(GATE)) == ["removed: cnn"]
    with pytest.raises(UserError, match="the removal of cnn needs a commit of its own: the results of mlp changed"):
        compare(before, snapshot("now", mlp={0: results([3])}))


def test_limits_of_another_dataset_do_not_apply():
    before = snapshot(mlp={0: results([1])})
    section = Rules.model_validate({**GATE, "dataset": "kmnist", "limits": {"mlp": {"accuracy": {"min": 1}}}})
    (found,) = [verdict.judge(it, section) for it in comparison.compare(before, before, section)]
    assert not found.failures
    assert summary.notes(before, before, [found], section) == [
        "the limits are for kmnist and were not applied to mnist"
    ]


def test_a_tolerated_measure_needs_a_declared_direction():
    before = snapshot(mlp={0: results([1], kappa=0.9)})
    tolerances = {"accuracy": 0.0, "kappa": 0.1}
    with pytest.raises(
        UserError, match=r"gate.tolerances.kappa: no `meta` in a dvc.yaml says whether higher is better"
    ):
        compare(before, before, tolerances=tolerances)
    before.higher_is_better["kappa"] = True
    (found,) = compare(before, snapshot("now", mlp={0: results([1], kappa=0.7)}), tolerances=tolerances)
    assert found.failures == ["kappa went from 0.9 to 0.7, worse by more than 0.1"]
