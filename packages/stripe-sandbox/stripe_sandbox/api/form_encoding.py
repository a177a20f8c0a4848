"""Form encoding with nested names: ``a[b][c]=1&a[0][d]=2&expand[]=x`` becomes a tree of dicts."""

import re
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.errors import InvalidParameter, invalid, unknown_parameter

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
MAXIMUM_FIELDS = 5000
MAXIMUM_DEPTH = 10

Tree = dict[str, Any]


def decode(text: str) -> Tree:
    """A tree of dicts with strings as leaves; a list is a dict keyed "0", "1", … Raises
    InvalidParameter.
    """
    tree: Tree = {}
    for name, value in _pairs(text):
        _place(tree, name, value)
    return tree


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAXIMUM_FIELDS
        )
    except ValueError as problem:
        raise InvalidParameter(
            400, f"The request could not be read as form data: {problem}"
        ) from problem


def _place(tree: Tree, name: str, value: str) -> None:
    match = NAME.fullmatch(name)
    if match is None:
        raise unknown_parameter(name)
    names = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(names) > MAXIMUM_DEPTH:
        raise unknown_parameter(name)
    for part in names[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid("Invalid object", name)
    last = names[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise invalid("Invalid object", name)
    tree[last] = value


def with_lists(tree: Any, name: str = "") -> Any:
    """The same tree with dicts keyed "0", "1", … as lists, as the caller most likely sent it."""
    if not isinstance(tree, dict):
        return tree
    values = {key: with_lists(value, key) for key, value in tree.items()}
    is_list = bool(tree) and name != "metadata" and list(tree) == [str(i) for i in range(len(tree))]
    return list(values.values()) if is_list else values
