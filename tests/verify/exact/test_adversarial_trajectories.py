"""False statements about trajectories and vanishing decay that must not be proved, and true ones not to be refuted."""

import pytest

from verify.auditor.kinds import decide, refute

SEPARATING = {"data": "separable", "start": "separating", "examples": 4}
LINE = {"network": "linear", "widths": ((2, 1),), "examples": 2}
LINEAR = SEPARATING | {"network": "linear", "widths": ((3, 2, 1),)}
POWER = SEPARATING | {"network": "power", "widths": ((3, 2, 1),)}
RELU = SEPARATING | {"widths": ((3, 2, 1),)}
TWO = {"network": "linear", "widths": ((2, 1, 1),), "examples": 1}
ONE = {"network": "linear", "widths": ((2, 1),), "examples": 1}
PATH = {"network": "linear", "widths": ((3, 1),), "examples": 4, "weight_decay": "any", "data": "separable"}

NOT_PROVED = [
    # y f is rho times the normalised output in degree 1 only
    ("asymptotic(rho*margin, log(t))", POWER, "N*L < 1"),
    ("asymptotic(rho*margin, log(1/L))", POWER, "N*L < 1"),
    ("outgrows(log(t), rho[1])", POWER, "N*L < 1"),
    # one product does not stand for networks of several depths
    ("independent_of_start(limit(V[1]))", LINEAR | {"widths": ((3, 1), (3, 2, 1))}, ""),
    ("independent_of_start(limit(V[1]))", LINEAR, ""),
    # a loss that need not be below that of one example
    ("limit(L) == 0", RELU, "L < 1"),
    ("limit(L) == 0", RELU | {"loss": "logistic"}, "N*L < 1"),
    ("diverges(rho)", RELU | {"output_activation": True}, "N*L < 1"),
    # a layer passes through 0, and its direction turns round; the derivative of an absolute value jumps
    ("conserved(V[2])", TWO, ""),
    ("conserved(V[1])", TWO | {"network": "smooth", "widths": ((1, 1, 1),)}, ""),
    ("conserved(W[2]/rho[2])", TWO, ""),
    ("conserved(W[2]*norm(W[2])**(-1))", TWO, ""),
    ("conserved(grad(rho[2], W[2]))", TWO, ""),
    ("conserved(V[2])", TWO | {"network": "relu", "weight_decay": 1}, ""),
    ("conserved(grad(abs(f[1]), W[1]))", ONE, ""),
    ("conserved(grad(margin, V[1]))", LINE, ""),
    ("conserved(grad(max(n, y[n]*f[n]), W[1]))", ONE, ""),
    # separation may be lost
    ("nondecreasing(rho[1]) and nondecreasing(rho[2])", RELU, ""),
    ("nondecreasing(y[1]*f[1])", LINEAR, ""),
    # vanishing decay
    ("limit(V[1], decay) == -svm", PATH, ""),
    ("limit(rho/log(1/decay), decay) == max_margin", PATH, ""),
    ("limit(1/rho**(-2), decay) == 0", PATH, ""),
    ("limit(y[1]*fV[1], decay) == max_margin", PATH, ""),
    ("limit(rho, decay) > 0", PATH | {"loss": "square", "data": "generic"}, ""),
]


@pytest.mark.parametrize(("formula", "changes", "assumed"), NOT_PROVED, ids=lambda v: v if isinstance(v, str) else "")
def test_a_false_statement_is_not_proved(formula, changes, assumed, setting, statement, hypothesis_of):
    assume = (hypothesis_of(assumed),) if assumed else ()
    asked = statement(formula, setting(**changes, assume=assume))
    assert decide(asked, asked.settings[0]).outcome != "proved"


STILL_PROVED = [
    ("conserved(V[2])", TWO | {"start": "separating"}, ""),
    ("conserved(V[2])", TWO, "N*L < 1"),
    ("conserved(V[2])", TWO | {"flow": "constrained"}, ""),
    ("conserved(rho[2]**2 - rho[1]**2)", TWO, ""),
    ("converges(V[1])", POWER, "N*L < 1"),
    ("diverges(rho)", POWER, "N*L < 1"),
    ("asymptotic(rho*margin, log(t))", RELU, "N*L < 1"),
    ("independent_of_start(limit(margin))", LINEAR | {"widths": ((3, 1), (3, 2, 1))}, ""),
]


@pytest.mark.parametrize(("formula", "changes", "assumed"), STILL_PROVED, ids=lambda v: v if isinstance(v, str) else "")
def test_its_neighbour_that_is_true_is_proved(formula, changes, assumed, setting, statement, hypothesis_of):
    assume = (hypothesis_of(assumed),) if assumed else ()
    asked = statement(formula, setting(**changes, assume=assume))
    assert decide(asked, asked.settings[0]).outcome == "proved"


NOT_REFUTED = [
    # the loss has its decay in it, which exceeds every single example's loss
    ("limit(L*exp(rho*margin), decay) >= 100", PATH),
    ("limit(N*L*exp(rho*margin), decay) != 2", PATH),
    ("limit(exp(-rho*margin), decay) == 0", PATH),
    ("limit(L*rho, decay) == 0", PATH),
    ("limit(N*L*exp(rho*margin)) >= 1", LINE | {"data": "separable"}),
]


@pytest.mark.parametrize(("formula", "changes"), NOT_REFUTED, ids=lambda v: v if isinstance(v, str) else "")
def test_a_statement_that_is_not_false_is_not_refuted(formula, changes, setting, statement):
    asked = statement(formula, setting(**changes))
    assert refute(asked, asked.settings[0], []) is None
