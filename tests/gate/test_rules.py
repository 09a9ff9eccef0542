"""The rules of the gate: limits, tolerances, and what a change of the rules needs."""

import dataclasses

import pytest

from digits.files import UserError
from digits.gate import rules, verdict
from digits.gate.rules import Rules
from gate_snapshots import GATE, RULES, judge, results, snapshot
from support import ROOT

MLP = {0: results([1])}


def test_a_measure_fails_by_its_unit_and_direction():
    before = snapshot(mlp={0: results([], ece=0.02)})
    assert not judge(before, snapshot(mlp={0: results([], ece=0.03)}))[0].failures
    assert not judge(before, snapshot(mlp={0: results([], ece=0.0)}))[0].failures
    (model,) = judge(before, snapshot(mlp={0: results([], ece=0.031)}))
    assert model.failures == ["ece went from 0.02 to 0.031, worse by more than 0.01"]


def test_a_significant_loss_may_be_tolerated():
    before, after = snapshot(mlp={0: results([])}), snapshot(mlp={0: results(range(8))})
    (model,) = judge(before, after, tolerances={"accuracy": 0.008})
    assert not model.failures
    assert verdict.outcome(model, 0.05) == "tolerated"


def test_limits_hold_whatever_the_baseline():
    limits = {"mlp": {"accuracy": {"min": 0.99, "max": 0.995}}}
    worse, better = {0: results(range(11))}, {0: results(range(4))}
    (model,) = judge(snapshot(mlp=worse), snapshot(mlp=worse), limits=limits)
    assert model.failures == ["accuracy is 0.989, below its limit of 0.99"]
    cnn = {0: results([])}
    (model,) = judge(snapshot(cnn=cnn), snapshot(cnn=cnn, mlp=better), limits=limits)[1:]
    assert model.failures == ["accuracy is 0.996, above its limit of 0.995; too good to be true, look for a leak"]
    assert verdict.outcome(model, 0.05) == "FAILS"


GATED = [{"tolerances": {"accuracy": 0.0, "corrupted_accuracy": 0.1}}, {"limits": {"mlp": {"corrupted_accuracy": {}}}}]


@pytest.mark.parametrize("gated", GATED)
def test_a_measure_that_neither_version_has_is_refused(gated: dict):
    with pytest.raises(UserError, match="corrupted_accuracy is not a measure of mlp"):
        judge(snapshot(mlp=MLP), snapshot(mlp=MLP), **gated)


@pytest.mark.parametrize("gated", GATED)
@pytest.mark.parametrize("gap", [False, True])
def test_a_measure_of_one_version_is_not_checked(gated: dict, gap: bool):
    before, after = snapshot(mlp=MLP), snapshot("now", mlp=MLP)
    if gap:
        after.gaps.append(("robustness", "mlp"))
    else:
        before.results["mlp"] = {0: results([1], corrupted_accuracy=0.9)}
    models = judge(before, after, **gated)
    assert not models[0].failures
    notes = verdict.notes(before, after, models, RULES)
    assert notes[-1].endswith("corrupted_accuracy (mlp)")
    assert not gap or notes[-2] == "studies not of the models of now: robustness (mlp)"


def test_the_recognizer_has_limits_and_a_row_of_its_own():
    before = dataclasses.replace(snapshot(mlp={0: results([])}), recognizer={"dropped": 0.9})
    after = dataclasses.replace(snapshot(mlp={0: results(range(100))}), recognizer={"accuracy": 0.99, "ece": 0.2})
    limits = {"accuracy": {"min": 0.98}, "ece": {"max": 0.1}, "dropped": {"min": 0.95}}
    models = judge(before, after, limits={"recognizer": limits})
    assert models[1].unchecked == ["dropped"]
    assert models[1].failures == ["ece is 0.2, above its limit of 0.1"]
    table = verdict.summary_table(models, RULES)
    row = table.to_dict("records")[1]
    assert (row["model"], row["after"], row["before"], row["verdict"]) == ("recognizer", "99.00%", "-", "FAILS")
    assert max(map(len, table.to_string(index=False).splitlines())) <= 120


def test_limits_are_for_recipes_and_the_recognizer(tmp_path):
    assert "recognizer" in rules.load_rules(ROOT / "params.yaml").limits
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text.replace("\n    recognizer:", "\n    recogniser:"), encoding="utf-8")
    with pytest.raises(UserError, match="recogniser, which is no recipe"):
        rules.load_rules(tmp_path / "params.yaml")


def test_the_rules_of_the_baseline_apply():
    before, after = snapshot(mlp=MLP), snapshot("now", mlp=MLP)
    before.params["gate"] = {**GATE, "limits": {"mlp": {"accuracy": {"min": 0.9}}}}
    after.params["gate"] = {**before.params["gate"], "alpha": 0.5, "limits": {}}
    applied = rules.rules_between(before, Rules.model_validate(after.params["gate"]))
    assert applied == Rules.model_validate(before.params["gate"])
    (note,) = verdict.notes(before, after, [], applied)
    assert note.endswith("changed since: gate.alpha 0.05 -> 0.5, gate.limits.mlp.accuracy.min 0.9 -> None")
    before.params["gate"] = {"alpha": 0.05}
    with pytest.raises(UserError, match="of main is not valid"):
        rules.rules_between(before, RULES)


def test_changed_rules_need_a_commit_of_their_own():
    before, after = snapshot(mlp=MLP), snapshot("now", mlp={0: results([2])})
    before.params["gate"], after.params["gate"] = GATE, {**GATE, "alpha": 0.5}
    with pytest.raises(UserError, match=r"alpha 0.05 -> 0.5\) needs a commit of its own: the results of mlp changed"):
        judge(before, after)
    after.results["mlp"] = {0: results([1], corrupted_accuracy=0.9)}  # a study that was run since
    assert not judge(before, after)[0].failures


def test_the_limit_of_a_dropped_measure_goes_with_it():
    before, after = snapshot(mlp=MLP), snapshot("now", mlp={0: results([2])})
    before.recognizer.update(int8_accuracy=0.99, ece=0.01)
    after.recognizer.update(ece=0.01)
    limits = {"recognizer": {"int8_accuracy": {"min": 0.9}}}
    before.params["gate"], after.params["gate"] = {**GATE, "limits": limits}, GATE
    models = judge(before, after, limits=limits)
    assert not models[-1].failures
    assert models[-1].unchecked == ["int8_accuracy"]


def test_a_new_recipe_comes_with_its_limits():
    before, after = snapshot(mlp=MLP), snapshot("now", mlp={0: results([2])}, cnn={0: results([1, 2])})
    before.params["gate"] = GATE
    after.params["gate"] = {**GATE, "limits": {"cnn": {"accuracy": {"min": 0.999}}}}
    applied = rules.rules_between(before, Rules.model_validate(after.params["gate"]))
    assert verdict.judge(before, after, applied)[1].failures == ["accuracy is 0.998, below its limit of 0.999"]


def test_a_recipe_is_removed_in_a_commit_of_its_own():
    before, after = snapshot(mlp=MLP, cnn={0: results([2])}), snapshot("now", mlp=MLP)
    models = judge(before, after)
    assert not models[0].failures
    assert verdict.notes(before, after, models, RULES) == ["removed: cnn"]
    with pytest.raises(UserError, match="the removal of cnn needs a commit of its own"):
        judge(before, snapshot("now", mlp={0: results([3])}))


def test_a_rename_cannot_hide_a_regression():
    before, after = snapshot(cnn={0: results([])}, mlp=MLP), snapshot("now", convnet={0: results(range(90))}, mlp=MLP)
    with pytest.raises(UserError, match="cnn went and convnet came"):
        judge(before, after)


def test_a_new_recipe_without_limits_is_told_where_they_belong():
    before, after = snapshot(mlp=MLP), snapshot("now", mlp=MLP, cnn={0: results([1, 2])})
    (note,) = verdict.notes(before, after, judge(before, after), RULES)
    assert note.endswith("gate.limits.cnn")
    limited = RULES.model_copy(update={"limits": {"cnn": {}}})
    assert verdict.notes(before, after, judge(before, after), limited) == []


def test_limits_of_another_dataset_do_not_apply():
    before = snapshot(mlp=MLP)
    other = Rules.model_validate({**GATE, "dataset": "kmnist", "limits": {"mlp": {"accuracy": {"min": 1}}}})
    models = verdict.judge(before, before, other)
    assert not models[0].failures
    assert "not applied to mnist" in verdict.notes(before, before, models, other)[0]


def test_a_tolerated_measure_needs_a_direction():
    before = snapshot(mlp={0: results([1], kappa=0.9)})
    tolerances = {"accuracy": 0.0, "kappa": 0.1}
    with pytest.raises(UserError, match="kappa: no `meta`"):
        judge(before, before, tolerances=tolerances)
    before.higher_is_better["kappa"] = True
    (model,) = judge(before, snapshot("now", mlp={0: results([1], kappa=0.7)}), tolerances=tolerances)
    assert model.failures == ["kappa went from 0.9 to 0.7, worse by more than 0.1"]
