"""Benchmarks of the exact route, each with its peer in the same run.

Seconds of processor time on one thread, medians of alternating calls. Formulas are read beforehand; everything that
`verify audit` does with them afterwards is measured, the building of the worlds included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import sympy
from sympy.core.cache import clear_cache

from ..claim import Setting, Statement
from ..exact import worlds
from ..exact.checks import check
from ..exact.prove import decide
from ..formula import parse
from ..formula.nodes import Name
from ..formula.shapes import Range
from ..formula.text import to_text

LAYERS, WIDTH, EXAMPLES = 6, 2, 2
NORM_LAW = "d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))"
V_LAW = "d(V[k]) == rho/rho[k]**2/N*sum(n, exp(-rho*y[n]*fV[n])*y[n]*(grad(fV[n], V[k]) - V[k]*fV[n]))"
DEEP, WIDE, MANY = 50, 8, 64


def exact_identity_vs_sympy_expand() -> dict[str, Any]:
    """The laws of rho_k^2 and V_k for every layer of one linear network, against expanding them in SymPy.

    Ours is the slow path, one world of this very architecture; the general route, which the audit takes and which
    decides every architecture at once, is reported beside it.
    """
    setting = _linear(LAYERS, WIDTH, EXAMPLES)
    laws = [_for_every_layer(text, setting) for text in (NORM_LAW, V_LAW)]
    ours, peer = _alternate(lambda: _in_one_world(laws, setting), _expand_in_sympy, repeats=5, peer_repeats=3)
    general, _ = _alternate(lambda: _generally(laws, setting), lambda: None, repeats=7, peer_repeats=1)
    detail = {"K": LAYERS, "width": WIDTH, "N": EXAMPLES, "general route": general, "its ratio": peer / general}
    return _row("exact-identity-vs-sympy-expand", ours, peer, "sympy.expand of the same laws", detail)


def structural_route_k50() -> dict[str, Any]:
    """The same laws for any network of at most 50 layers of width 8, decided without writing one out; the peer spells
    out a linear network of 4 layers and 2 examples, the largest whose laws are quick to write out."""
    setting, small = _linear(DEEP, WIDE, MANY), _linear(4, 3, 2)
    laws = [_for_every_layer(text, setting) for text in (NORM_LAW, V_LAW)]
    written = [_for_every_layer(text, small) for text in (NORM_LAW, V_LAW)]
    ours, peer = _alternate(lambda: _generally(laws, setting), lambda: _in_one_world(written, small), repeats=5)
    detail = {"K": DEEP, "width": WIDE, "N": MANY, "peer": {"K": 4, "width": 3, "N": 2}}
    return _row("structural-route-k50", ours, peer, "one small network written out", detail)


def _row(name: str, ours: float, peer: float, peer_name: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "peer_name": peer_name,
        "ratio": peer / ours,
        "unit": "s",
        "detail": detail,
    }


def _alternate(
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    repeats: int,
    peer_repeats: int | None = None,
) -> tuple[float, float]:
    """Medians of the processor seconds of two calls that take turns, after one call of ours that warms the caches."""
    ours()
    spent: tuple[list[float], list[float]] = ([], [])
    for i in range(repeats):
        for times, call in zip(spent, (ours, peer), strict=True):
            if call is ours or i < (peer_repeats or repeats):
                clear_cache()  # SymPy remembers what it expanded
                started = time.process_time()
                call()
                times.append(time.process_time() - started)
    return median(spent[0]), median(spent[1])


# ---- ours


def _linear(layers: int, width: int, examples: int) -> Setting:
    return Setting("linear", "linear", ((width,) * layers + (1,),), examples, "exponential")


def _for_every_layer(text: str, setting: Setting) -> Statement:
    return Statement(text, parse(text, ["k"]), (setting,), (Range("k", parse("1"), Name("K")),))


def _generally(laws: list[Statement], setting: Setting) -> None:
    for law in laws:
        found = decide(law, setting)
        if (found.outcome, found.scope) != ("proved", "general"):
            raise AssertionError(f"not proved: {to_text(law.formula)}: {found.message}")


def _in_one_world(laws: list[Statement], setting: Setting) -> None:
    run, sizes = worlds.concrete(setting, setting.widths[0], setting.examples, "letters")
    for law in laws:
        reason = run(lambda w, s=law: check(s.formula, s, setting, w, sizes, {}))
        if reason is not None:
            raise AssertionError(f"not proved: {to_text(law.formula)}: {reason}")


# ---- the peer: the same laws as a user of SymPy writes them


def _expand_in_sympy() -> None:
    """Both laws in W alone: f(V) = f(W)/rho and rho_k^2 = |W_k|^2, denominators cleared by rho_k^3."""
    layers, outputs, labels = _symbols()
    loss = sum(sympy.exp(-y * f) for y, f in zip(labels, outputs, strict=True)) / EXAMPLES
    for layer in layers:
        velocity = -loss.diff(layer)
        square = sum(w**2 for w in layer)
        speed = sum(v * w for v, w in zip(velocity, layer, strict=True))
        weights = [y * sympy.exp(-y * f) / EXAMPLES for y, f in zip(labels, outputs, strict=True)]
        _must_vanish(2 * speed - 2 * sum(c * f for c, f in zip(weights, outputs, strict=True)))
        for w, v in zip(layer, velocity, strict=True):
            pull = sum(c * (f.diff(w) * square - w * f) for c, f in zip(weights, outputs, strict=True))
            _must_vanish(v * square - w * speed - pull)


def _symbols() -> tuple[list[sympy.Matrix], list[sympy.Expr], list[sympy.Symbol]]:
    rows = [WIDTH] * (LAYERS - 1) + [1]
    layers = [sympy.Matrix(r, WIDTH, lambda i, j, k=k: sympy.Symbol(f"w{k}_{i}{j}")) for k, r in enumerate(rows)]
    labels = [sympy.Symbol(f"y{n}") for n in range(EXAMPLES)]
    outputs = []
    for n in range(EXAMPLES):
        signal = sympy.Matrix(WIDTH, 1, lambda i, _, n=n: sympy.Symbol(f"x{n}_{i}"))
        for layer in layers:
            signal = layer * signal
        outputs.append(signal[0])
    return layers, outputs, labels


def _must_vanish(expression: sympy.Expr) -> None:
    """Without splitting exp(a + b), which makes SymPy far slower."""
    if sympy.expand(expression, power_exp=False) != 0:
        raise AssertionError("SymPy did not expand the law to zero")


BENCHMARKS = {
    "exact-identity-vs-sympy-expand": exact_identity_vs_sympy_expand,
    "structural-route-k50": structural_route_k50,
}
