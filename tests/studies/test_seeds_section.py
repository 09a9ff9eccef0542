"""The page's section on many seeds: numbers as text, and which recipe was trained in several sizes."""

import pandas as pd

from studies.report import seeds_section


def test_numbers_are_written_as_what_they_are():
    table = pd.DataFrame({"name": ["one"], "misread_by_all": [1234], "mean": [0.99237], "nll": [0.0229], "std": [None]})
    table["std"] = table["std"].astype(float)
    assert seeds_section.as_text(table).to_dict("records") == [
        {"name": "one", "misread by all": "1,234", "mean": "99.237%", "nll": "0.0229", "std": "-"}
    ]


def test_the_curve_joins_the_sizes_of_one_recipe_and_sets_the_others_apart():
    measured = pd.DataFrame(
        {
            "name": ["big", "big", "big-half", "small"],
            "recipe": ["big", "big", "big", "small"],
            "parameters": [200, 200, 100, 50],
            "accuracy": [0.98, 1.0, 0.97, 0.9],
        }
    )
    results = pd.DataFrame({"recipe": ["big", "small"], "parameters": [200, 50], "accuracy": [0.99, 0.91]})
    sizes, others = seeds_section.sizes_and_others(measured, results)
    assert dict(zip(sizes["name"], sizes["accuracy"], strict=True)) == {"big": 0.99, "big-half": 0.97}
    assert others.to_dict("records") == [{"name": "small", "parameters": 50, "accuracy": 0.91}]
    assert seeds_section.sizes_and_others(measured[measured["recipe"] == "small"], results) is None
