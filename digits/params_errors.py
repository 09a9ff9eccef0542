"""What is wrong with params.yaml, in words that name the key."""

from typing import get_args, get_origin

from pydantic_core import ErrorDetails

from digits.recipes import Section


def describe(problem: ErrorDetails, root: type[Section]) -> str:
    """One of the problems of a file whose whole is `root`, in words: which key it is, its value and what is allowed."""
    if problem["type"] == "value_error" and not problem["loc"]:  # of several keys together
        return str(problem["ctx"]["error"])
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        return f"{key} is not a known key; allowed here: {', '.join(_siblings(problem['loc'], root))}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    return f"{key} is {problem['input']!r}; {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _siblings(location: tuple[int | str, ...], root: type[Section]) -> list[str]:
    """The keys that the section around `location` allows."""
    annotation: object = root
    for part in location[:-1]:
        is_mapping = get_origin(annotation) is dict
        annotation = get_args(annotation)[1] if is_mapping else _section(annotation).model_fields[str(part)].annotation
    return list(_section(annotation).model_fields)


def _section(annotation: object) -> type[Section]:
    """The section that `annotation` allows, alone or beside None."""
    choices = (annotation, *get_args(annotation))
    return next(choice for choice in choices if isinstance(choice, type) and issubclass(choice, Section))
