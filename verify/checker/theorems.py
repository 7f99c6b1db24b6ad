"""The rule of trusted theorems: a theorem is taken by its name, once its hypotheses are read off the setting anew and
its conclusion is the statement, word for word. Such proofs are counted apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..claim import Setting, Statement
from ..formula import parse
from ..formula.nodes import Call, Indexed, Name, Node, rebuild
from .signs import HOMOGENEOUS, SEPARATING

WEIGHTS, EXAMPLE = Name("k"), Name("n")


def tail(setting: Setting) -> bool:
    """Gradient flow without decay of one output, under an exponential or logistic loss."""
    loss = setting.loss in ("exponential", "logistic") and setting.weight_decay == 0
    return loss and setting.flow == "gradient" and not setting.output_activation and _one_output(setting)


def _one_output(setting: Setting) -> bool:
    return all(w[-1] == 1 for w in setting.widths)


def _depths(setting: Setting) -> set[int]:
    return {len(w) - 1 for w in setting.widths}


def below_one(setting: Setting) -> bool:
    """Whether the start has a loss below that of one example at output 0, which is 1 for the exponential loss."""
    said = [h.formula for h in setting.assume if not h.ranges]
    small = parse("N*L < 1", ()) if setting.average else parse("L < 1", ())
    few = setting.examples == 1 and (parse("L < 1", ()) in said or setting.start in SEPARATING)
    return setting.loss == "exponential" and (small in said or few)


def _line(setting: Setting) -> bool:
    return tail(setting) and _depths(setting) == {1} and setting.data == "separable"


def _deep_linear(setting: Setting) -> bool:
    return tail(setting) and setting.network == "linear" and (setting.start in SEPARATING or below_one(setting))


def _below(setting: Setting) -> bool:
    return tail(setting) and setting.network in HOMOGENEOUS and below_one(setting)


def _deep_below(setting: Setting) -> bool:
    return _below(setting) and min(_depths(setting)) > 1 and setting.network != "power"


@dataclass(frozen=True)
class Theorem:
    """A theorem of the trust list: its name, where it applies, and what it says there."""

    name: str
    applies: Callable[[Setting], bool]
    says: tuple[str, ...]


GROWTH = ("diverges(rho)", "diverges(rho[k])")
SETTLED = ("converges(V[k])", "converges(margin)", "converges(L)", "limit(L) == 0")
THEOREMS = (
    Theorem(
        "max-margin bias",
        _line,
        (
            *("limit(V[k]) == svm", "limit(margin) == max_margin", *SETTLED, *GROWTH),
            *("independent_of_start(limit(V[k]))", "independent_of_start(limit(margin))"),
            *(f"asymptotic(max_margin*{rho}, log(t))" for rho in ("rho", "rho[k]")),
            *(f"asymptotic({rho}*max_margin, log(t))" for rho in ("rho", "rho[k]")),
            *(f"asymptotic({rho}, log(t)/max_margin)" for rho in ("rho", "rho[k]")),
        ),
    ),
    Theorem(
        "deep max-margin bias",
        _deep_linear,
        (*SETTLED, *GROWTH, "independent_of_start(limit(margin))", "asymptotic(rho*margin, log(t))"),
    ),
    Theorem("loss below one example", _below, (*SETTLED, *GROWTH, "converges(fV[n])", "limit(margin) > 0")),
    Theorem(
        "loss below one example",
        lambda s: _below(s) and s.network != "power",  # rho fV is f in degree 1 only
        ("asymptotic(rho*margin, log(t))", "asymptotic(rho*margin, log(1/L))"),
    ),
    Theorem("loss below one example", _deep_below, ("outgrows(log(t), rho[k])",)),
    Theorem("descent of tame functions", lambda s: s.flow == "gradient", ("converges(L)", "bounded(L)")),
)


def theorem_for(part: Node, statement: Statement, setting: Setting) -> str:
    """The name of the theorem that says this, '' if none does."""
    if statement.at == "minimum" and part == parse("eigmin(hess(L)) >= 0", ()):
        return "second-order condition"
    if statement.after is not None or statement.at != "any":
        return ""
    if _deep_linear(setting) and part in _products(setting):
        return "deep max-margin bias"
    plain = _plain(part)
    return next((t.name for t in THEOREMS if t.applies(setting) and plain in map(_read, t.says)), "")


def _read(text: str) -> Node:
    return parse(text, ["k", "n"])


def _plain(node: Node) -> Node:
    """The statement with k and n for whatever layer and example it names, and vec(V[k]), norm(W[k]) as V[k], rho[k]."""
    node = rebuild(node, _plain)
    if isinstance(node, Indexed):
        return Indexed(node.base, WEIGHTS if node.base in ("W", "V", "rho") else EXAMPLE)
    if node == Call("vec", (Indexed("V", WEIGHTS),)):
        return Indexed("V", WEIGHTS)
    return Indexed("rho", WEIGHTS) if node == Call("norm", (Indexed("W", WEIGHTS),)) else node


def _products(setting: Setting) -> list[Node]:
    """That V[K] @ ... @ V[1] has one limit from every start, of settings with one depth."""
    if len(_depths(setting)) != 1:
        return []
    depth = next(iter(_depths(setting)))
    text = " @ ".join(f"V[{k}]" for k in range(depth, 0, -1))
    return [parse(word, ()) for word in (f"independent_of_start(limit({text}))", f"converges({text})")]
