"""All derivations, by topic; each is built, and so checked, when it is first asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import fields
from functools import cache

from .derivation import Derivation

ABOUT_ALL = ("reductions", "bounds")  # of no one topic; they stand beside this module
MODULES = (
    *ABOUT_ALL,
    "structural_lemma",
    "rho_v_dynamics",
    "hessians",
    "norm_growth",
    "margins",
    "linear_networks",
    "nonseparable",
    "discretization",
    "approximation",
    "early_stopping",
    "square_loss",
    "stationarity",
    "cross_entropy",
    "real_data",
)


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
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"a circle: {' -> '.join((*path, name))}")
        if name not in known:
            raise ValueError(f"'{path[-1]}' uses '{name}', which is no derivation")
        if name not in finished:
            for used in known[name].uses:
                visit(used, (*path, name))
            finished.add(name)

    for name in known:
        visit(name, ())
