"""What is wrong with params.yaml, in words that name the key."""

from collections.abc import Sequence
from typing import get_args, get_origin

from pydantic_core import ErrorDetails

from digits.config.recipes import StrictModel


def describe(problem: ErrorDetails, root: type[StrictModel], prefix: str, others: Sequence[str]) -> str:
    """One problem of a section of type `root`: the key with `prefix` before it, its value and what is allowed.

    `others` are the top-level sections that `root` does not have.
    """
    key = prefix + ".".join(str(part) for part in problem["loc"])
    key = key.rstrip(".") or "the file"
    if problem["type"] == "value_error" and isinstance(problem["input"], dict):  # of several keys together
        return f"{key}: {problem['ctx']['error']}"
    if problem["type"] == "extra_forbidden":
        known = [*_siblings(problem["loc"], root), *(others if len(problem["loc"]) == 1 else ())]
        return f"{key} is not a known key; allowed here: {', '.join(known)}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{key} is {problem['input']!r}; {message[0].lower()}{message[1:]}"


def _siblings(location: tuple[int | str, ...], root: type[StrictModel]) -> list[str]:
    """The keys that the section around `location` allows."""
    annotation: object = root
    for part in location[:-1]:
        is_mapping = get_origin(annotation) is dict
        annotation = get_args(annotation)[1] if is_mapping else _section(annotation).model_fields[str(part)].annotation
    return list(_section(annotation).model_fields)


def _section(annotation: object) -> type[StrictModel]:
    """The section that `annotation` allows, alone or beside None."""
    choices = (annotation, *get_args(annotation))
    return next(choice for choice in choices if isinstance(choice, type) and issubclass(choice, StrictModel))
