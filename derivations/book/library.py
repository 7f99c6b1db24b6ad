"""All derivations, by topic; each is built, and so checked, when it is first asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from graphlib import CycleError, TopologicalSorter

from .derivation import Derivation
from .topics import ABOUT_ALL, MODULES


def builders(topic: str) -> tuple[Callable[[], Derivation], ...]:
    """The functions of a topic's module that build its derivations, without running them."""
    place = __package__ if topic in ABOUT_ALL else "derivations"
    return importlib.import_module(f"{place}.{topic}").DERIVATIONS


def derivation(name: str) -> Derivation:
    """The derivation called 'topic.function'."""
    topic, _, function = name.partition(".")
    found = {b.__name__: b for b in builders(topic)} if topic in MODULES else {}
    if function not in found:
        raise KeyError(f"no derivation '{name}'")
    return found[function]()


@cache
def written_conclusion(build: Callable[[], Derivation]) -> str | None:
    """The conclusion that a builder's source writes out, '' for none; None where only the derivation knows it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(build))))
    made = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == Derivation.__name__]
    if len(made) != 1:
        return None
    named = {k.arg: k.value for k in made[0].keywords}
    given = dict(zip([f.name for f in fields(Derivation)], made[0].args, strict=False)) | named
    conclusion = given.get("conclusion", ast.Constant(""))
    value = conclusion.value if isinstance(conclusion, ast.Constant) else None
    return value if isinstance(value, str) else None


@cache
def all_derivations() -> tuple[Derivation, ...]:
    """Every derivation, topic by topic.

    Raises:
        ValueError: if names are not those of their functions, or `uses` names no derivation or runs in a circle.
    """
    everything = []
    for topic in MODULES:
        for build in builders(topic):
            built = build()
            if built.name != f"{topic}.{build.__name__}":
                raise ValueError(f"{topic}.{build.__name__} calls itself '{built.name}'")
            everything.append(built)
    _check_uses({d.name: d for d in everything})
    return tuple(everything)


def _check_uses(known: dict[str, Derivation]) -> None:
    for name, found in known.items():
        for used in found.uses:
            if used not in known:
                raise ValueError(f"'{name}' uses '{used}', which is no derivation")
    try:
        TopologicalSorter({name: found.uses for name, found in known.items()}).prepare()
    except CycleError as error:
        raise ValueError(f"a circle: {' -> '.join(error.args[1])}") from None
