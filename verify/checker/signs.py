"""Signs and consequences that are read off multiples of known terms.

Known to be positive, at every point of a setting that allows it (E_n = exp(-y_n f_n)):

- sum_n E_n, and the loss of every example;
- where points separate, y_n f_n, and the sums of y_n f_n times E_n, or times E_n/(1 + E_n) for the logistic loss;

and not to be negative: what descent takes from the loss, with G_k = grad(L, W_k) and r_k = <G_k, V_k>, at most |G_k|:
sum_k |G_k|^2, sum_k r_k^2 + rho_k^2 (|G_k|^2 - r_k^2) (constrained) and sum_k rho_k^2 (|G_k|^2 - r_k^2) (rho fixed).
Relations that the setting assumes have the sign that they say.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..claim import Setting, Statement
from ..formula import parse
from ..formula.nodes import Along, And, Compare, Node
from .multiples import ONE, difference

LOSSES = {"exponential": "exp(-y[n]*f[n])", "logistic": "log(1 + exp(-y[n]*f[n]))"}
SLOPES = {"exponential": "exp(-y[n]*f[n])", "logistic": "exp(-y[n]*f[n])/(1 + exp(-y[n]*f[n]))"}
FORCE = "grad(L, W[k])"
TANGENT = f"rho[k]**2*(norm({FORCE})**2 - dot({FORCE}, V[k])**2)"
TAKEN = {
    "gradient": f"sum(k, norm({FORCE})**2)",
    "constrained": f"sum(k, dot({FORCE}, V[k])**2 + {TANGENT})",
    "weight-norm": f"sum(k, dot({FORCE}, V[k])**2 + {TANGENT})",
    "fixed-rho": f"sum(k, {TANGENT})",
}
INEQUALITIES = ("<", "<=", ">", ">=")
HOMOGENEOUS = ("linear", "relu", "leaky-relu", "power")
SEPARATING = ("separating", "balanced", "equal-norms")


def known_terms(statement: Statement, setting: Setting) -> Iterator[tuple[Node, bool]]:
    """Terms that are positive (True) or not negative (False) at every point of the setting."""
    labelled = setting.loss in LOSSES
    yield ONE, True
    if labelled:
        yield parse(f"sum(n, {LOSSES[setting.loss]})", ()), True
    if labelled and separates(statement, setting):
        yield parse(f"sum(n, {SLOPES[setting.loss]}*y[n]*f[n])", ()), True
        yield from ((parse(f"y[{r.index}]*f[{r.index}]", [r.index]), True) for r in statement.ranges)
    if not isinstance(statement.formula, Along):  # what holds at the start need not hold later
        yield from ((difference(upward(r)), upward(r).op == ">") for r in assumed(setting))
    for flow in dict.fromkeys((setting.flow, *TAKEN)):
        yield parse(TAKEN[flow], ()), False


def excludes_zero_layers(statement: Statement, setting: Setting) -> bool:
    """Whether no layer can be zero where points separate: the output is zero there, but not of smooth networks."""
    return setting.network in HOMOGENEOUS and separates(statement, setting)


def separates(statement: Statement, setting: Setting) -> bool:
    """Whether the word in `start` says y_n f_n > 0, of a statement about points: along a trajectory it may be lost."""
    return setting.start in SEPARATING and not isinstance(statement.formula, Along)


def assumed(setting: Setting) -> list[Node]:
    """The inequalities that a setting assumes, without indices."""
    plain = [part for h in setting.assume if not h.ranges for part in _conjuncts(h.formula)]
    return [r for r in plain if isinstance(r, Compare) and r.op in INEQUALITIES]


def _conjuncts(node: Node) -> list[Node]:
    return [p for arg in node.args for p in _conjuncts(arg)] if isinstance(node, And) else [node]


def upward(relation: Node) -> Compare:
    """An inequality as > or >=."""
    assert isinstance(relation, Compare)
    return relation if relation.op in (">", ">=") else relation.turned
