"""Elementary truths, each beside a falsehood that differs by little: an equality, a zero layer, one example."""

from fractions import Fraction

import pytest

from verify.claim import Hypothesis, Setting, Statement
from verify.elementary import decide_elementary
from verify.formula import parse
from verify.formula.shapes import Range


def setting(network="linear", widths=(3, 2, 1), examples=2, loss="exponential", **more):
    return Setting("s", network, (widths,), examples, loss, **more)


LINEAR, RELU = setting(), setting("relu", examples=4)
SQUARE = setting(widths=(3, 5, 2, 1), examples=4, loss="square")
CLASSES = setting("relu", (4, 5, 3), 6, "cross-entropy")
SOFTPLUS, TANH = setting("smooth"), setting("smooth", smooth="tanh")
SUM, ALONE = setting("relu", examples=4, average=False), setting("relu", examples=1)
EXAMPLES, LAYERS = {"n": "1..N"}, {"k": "1..K"}
A, B = "entry(W[1],1,1)**2", "entry(W[1],1,2)**2"
MOTZKIN = f"{A}**2*{B} + {A}*{B}**2 + 1 - {{}}*{A}*{B}".replace("**2**2", "**4")
PRE = "entry(pre(1,n),1)"


def decision(text, where, ranges=None):
    ranges = ranges or {}
    ends = {i: [parse(end, []) for end in r.split("..")] for i, r in ranges.items()}
    over = tuple(Range(i, *pair) for i, pair in ends.items())
    return decide_elementary(Statement(text, parse(text, list(ranges)), (where,), over), where)


TRUE = [
    ("max(f[1], f[2]) >= f[1] and min(f[1], f[2]) + max(f[1], f[2]) == f[1] + f[2]", LINEAR),
    ("max(f[1], 0) == (f[1] + abs(f[1]))/2", LINEAR),
    ("sum(n, max(f[n], 0)) >= max(f[1], 0)", LINEAR),
    ("abs(f[1]*f[2]) == abs(f[1])*abs(f[2])", LINEAR),
    ("sqrt(f[1]**2) == abs(f[1])", LINEAR),
    ("sign(f[1])*f[1] == abs(f[1])", LINEAR),
    ("max(n, f[n]) >= f[1]", LINEAR),
    ("max(n, f[n]) == -min(n, -f[n])", LINEAR),
    ("min(n, f[n]) <= 1/N*sum(n, f[n])", LINEAR),
    ("max(n, exp(f[n])) <= sum(n, exp(f[n]))", LINEAR),
    ("-log(L) <= min(n, y[n]*f[n])", SUM),
    ("exp(1/N*sum(n, f[n])) <= 1/N*sum(n, exp(f[n]))", LINEAR),
    ("exp((f[1]+f[2])/2) <= (exp(f[1]) + exp(f[2]))/2", LINEAR),
    ("log(1 + exp(-y[1]*f[1])) < exp(-y[1]*f[1])", LINEAR),
    ("exp(log(rho[1])) == rho[1] and log(4) == 2*log(2)", LINEAR),
    ("1/N*sum(n, f[n]**2) >= (1/N*sum(n, f[n]))**2", SQUARE),
    ("L >= 0", SQUARE),
    ("L > 0", CLASSES),
    (MOTZKIN.format(3) + " >= 0", setting(widths=(2, 1), examples=1)),
    ("implies(f[1]**3 > 1, f[1] > 1)", LINEAR),
    ("implies(f[1] > f[2] and f[2] > 0, 1/f[1] < 1/f[2])", LINEAR),
    ("implies(f[1] != f[2], (f[1] - f[2])**2 > 0)", LINEAR),
    ("rho**(2/K) <= sum(k, rho[k]**2)/K", RELU),
    ("norm(W[1] + W[1]) == 2*rho[1]", RELU),
    ("dot(x[1], x[2]) <= norm(x[1])*norm(x[2])", LINEAR),
    ("norm(outer(x[1], x[2])) == norm(x[1])*norm(x[2])", LINEAR),
    ("norm(x[1] - x[2]) > 0", LINEAR),
    ("y[1] + y[2] == 0", LINEAR),
    ("eigmin(W[1] @ W[1].T) >= 0", RELU),
    ("eigmax(W[1].T @ W[1]) <= rho[1]**2 and 3*eigmax(W[1].T @ W[1]) >= rho[1]**2", SQUARE),
    ("eigmax(W[1].T @ W[1]) == eigmax(W[1] @ W[1].T)", SQUARE),
    ("tr(hess(L)) >= 0", RELU),
    ("exp(pi*sqrt(163)) < 262537412640768744", LINEAR),
]
FALSE = [
    ("sum(n, max(f[n], 0)) == N*max(f[1], 0)", LINEAR),
    ("sum(n, max(f[n], 0)) <= max(0, sum(n, f[n]))", LINEAR),
    (
        "sum(n, f[n] - abs(f[n]))*sum(n, abs(f[n]) + f[n]) + 0*sum(n, -abs(f[n]) - f[n]) >= 0",
        LINEAR,
    ),  # each example has a case of its own
    ("max(f[1], 0) == f[1]", LINEAR),
    ("max(f[1], f[2]) > min(f[1], f[2])", LINEAR),
    ("abs(f[1] - f[2]) > 0", LINEAR),
    ("sqrt(f[1]**2) == f[1]", LINEAR),
    ("max(n, f[n]) > min(n, f[n])", LINEAR),
    ("min(n, f[n]) < 1/N*sum(n, f[n])", ALONE),
    ("max(n, f[n]) <= sum(n, f[n])", LINEAR),
    ("-log(L) <= min(n, y[n]*f[n])", RELU),
    ("-log(L) < min(n, y[n]*f[n])", SUM),
    ("exp(1/N*sum(n, f[n])) < 1/N*sum(n, exp(f[n]))", LINEAR),
    ("exp(f[1]) > 1 + f[1]", LINEAR),
    ("log(f[1]**2) <= f[1]**2 - 2", LINEAR),
    ("1/N*sum(n, f[n]**2) > (1/N*sum(n, f[n]))**2", SQUARE),
    ("L > 0", SQUARE),
    (MOTZKIN.format(3) + " > 0", setting(widths=(2, 1), examples=1)),
    (MOTZKIN.format("301/100") + " >= 0", setting(widths=(2, 1), examples=1)),
    ("implies(f[1]**2 > 1, f[1] > 1)", LINEAR),
    ("implies(f[1] > f[2], 1/f[1] < 1/f[2])", LINEAR),
    ("implies(y[1]*f[1] > 0, f[1] != f[2])", LINEAR),
    ("rho**(2/K) < sum(k, rho[k]**2)/K", RELU),
    ("norm(x[1] - x[2]) > 0", setting(widths=(1, 1))),
    ("y[1] + y[2] == 0", RELU),
    ("eigmin(W[1] @ W[1].T) > 0", RELU),
    ("2*eigmax(W[1].T @ W[1]) >= rho[1]**2", SQUARE),
    ("eigmin(W[1].T @ W[1]) == eigmin(W[1] @ W[1].T)", SQUARE),
    ("tr(hess(L)) > 0", RELU),
    ("tr(hess(L)) >= 0", SOFTPLUS),
    ("somewhere(f[1] > 0)", LINEAR),
]
INDEXED = [
    ("norm(W[1] @ x[n]) <= rho[1]*norm(x[n])", RELU, EXAMPLES),
    ("norm(grad(f[n], W[1])) <= norm(x[n])*norm(W[2])", RELU, EXAMPLES),
    ("norm(grad(f[n], W[k])) <= rho/rho[k]*norm(x[n])", setting("relu", (3, 4, 2, 1), 5), {**LAYERS, **EXAMPLES}),
    ("L >= decay*rho[k]**2", setting("relu", weight_decay="any"), LAYERS),
    ("decay[k] >= 0", setting(weight_decay=("any", Fraction(0))), LAYERS),
    ("entry(softmax(f[n]), c) < 1", CLASSES, {**EXAMPLES, "c": "1..3"}),
    (f"act({PRE}) >= {PRE} and act1({PRE}) < 1", SOFTPLUS, EXAMPLES),
    (f"act1({PRE}) == 1 - act({PRE})**2", TANH, EXAMPLES),
    (f"act({PRE}) == ({PRE} + abs({PRE}))/2", RELU, EXAMPLES),
    (f"implies(entry(gate(1,n),1) == 0, {PRE} <= 0)", RELU, EXAMPLES),
    (f"abs(act({PRE})) <= abs({PRE})", setting("leaky-relu"), EXAMPLES),
    ("implies(entry(W[2],1,1) >= 0 and entry(W[2],1,2) >= 0, f[n] >= 0)", setting("power"), EXAMPLES),
]
FALSELY = [
    ("norm(W[1] @ x[n]) < rho[1]*norm(x[n])", RELU, EXAMPLES),
    ("norm(grad(f[n], W[1])) <= norm(x[n])*norm(W[1])", RELU, EXAMPLES),
    ("norm(grad(f[n], W[1])) <= norm(x[n])*norm(W[2])", SOFTPLUS, EXAMPLES),
    ("L > decay*rho[k]**2", setting("relu", weight_decay="any", loss="square"), LAYERS),
    ("decay[k] > 0", setting(weight_decay=("any", Fraction(0))), LAYERS),
    ("entry(softmax(f[n]), c) < 1/2", CLASSES, {**EXAMPLES, "c": "1..3"}),
    (f"act({PRE}) < {PRE} + 1/10**6", SOFTPLUS, EXAMPLES),
    (f"implies(entry(gate(1,n),1) == 0, {PRE} < 0)", RELU, EXAMPLES),
    ("implies(entry(W[2],1,1) >= 0, f[n] >= 0)", setting("power"), EXAMPLES),
    ("f[n] >= 0", setting("power", degree=3), EXAMPLES),
]


@pytest.mark.parametrize(("text", "where"), TRUE)
def test_true(text, where):
    found = decision(text, where)
    assert found is not None
    assert found.outcome == "proved"
    assert all({"relation", "lemmas"} <= leaf.keys() for leaf in found.detail["certificate"])


@pytest.mark.parametrize(("text", "where"), FALSE)
def test_false(text, where):
    assert decision(text, where) is None


@pytest.mark.parametrize(("text", "where", "ranges"), INDEXED)
def test_true_for_every_index(text, where, ranges):
    found = decision(text, where, ranges)
    assert found is not None
    assert found.outcome == "proved"


@pytest.mark.parametrize(("text", "where", "ranges"), FALSELY)
def test_false_for_some_index(text, where, ranges):
    assert decision(text, where, ranges) is None


def test_general_only_where_no_size_is_used():
    assert decision("max(n, f[n]) >= f[1]", LINEAR).scope == "general"
    assert decision("y[1] + y[2] == 0", LINEAR).scope == "instances"
    assert decision("eigmin(W[1] @ W[1].T) >= 0", RELU).scope == "instances"


def test_hypotheses_of_the_setting_are_premises():
    small = setting(assume=(Hypothesis("f[1] > 2", parse("f[1] > 2", [])),))
    assert decision("f[1]**2 > 4", small) is not None
    assert decision("f[1]**2 > 5", small) is None
    assert decision("y[1]*f[1] >= 0", setting(start="separating")) is not None
    assert decision("y[1]*f[1] >= 0", LINEAR) is None


def test_hypotheses_for_every_index_and_equal_norms_are_premises():
    unit = Hypothesis("norm(x[n]) == 1", parse("norm(x[n]) == 1", ["n"]), (Range("n", *map(parse, ("1", "N"))),))
    bound = "norm(W[1] @ x[n]) <= rho[2]"
    assert decision(bound, setting(assume=(unit,), start="equal-norms"), EXAMPLES) is not None
    assert decision(bound, setting(assume=(unit,)), EXAMPLES) is None
    assert decision(bound, setting(start="equal-norms"), EXAMPLES) is None
