"""Formulas of both papers' kind, walked over the simulated world and judged by the precision ladder."""

from fractions import Fraction

import pytest
import torch

from numerics.sampling.sample import sample
from numerics.world.jitter import JitteredWorld
from numerics.world.ladder import compare
from numerics.world.simulated import SimulatedWorld
from verify.claim import Setting
from verify.formula.parser import parse
from verify.formula.shapes import ShapeChecker
from verify.world import Evaluator

RELU = Setting("relu", "relu", ((4, 3, 2, 1),), 5, "exponential")
V_LAW = "d(V[k]) == rho/rho[k]**2/N*sum(n, exp(-rho*y[n]*fV[n])*y[n]*(grad(fV[n],V[k])-V[k]*fV[n]))"


def variant(**changes):
    return Setting(**{**vars(RELU), **changes})


def judged(text, setting=RELU, bound=None, count=64, **sampling):
    widths, bound = setting.widths[0], bound or {}
    keywords, sizes = setting.keywords(widths), setting.sizes(widths)
    points, _ = sample(count=count, seed=11, data=setting.data, start=setting.start, **sampling, **keywords)
    formula = parse(text, list(bound))
    ShapeChecker(sizes).statement(formula, bound)

    def sides(world):
        return Evaluator(world, sizes).difference(formula.left, formula.right, bound)[:2]

    high, low = (sides(SimulatedWorld(points, dtype=t, **keywords)) for t in (torch.float64, torch.float32))
    result = compare(formula.op, high, low, lambda i: sides(JitteredWorld(points, seed=i, **keywords)))
    assert result.instances >= 0.8 * len(points)
    return result


HOLDS = [
    (V_LAW, RELU, {"k": 2}),
    (V_LAW.replace("rho/rho[k]**2", "rho"), variant(flow="constrained"), {"k": 1}),
    (V_LAW.replace("rho/rho[k]**2", "rho"), variant(flow="weight-norm"), {"k": 3}),
    ("d(rho[k]) == rho/rho[k]/N*sum(n, exp(-rho*y[n]*fV[n])*y[n]*fV[n])", RELU, {"k": 1}),
    ("d(rho[k]) == 0", variant(flow="fixed-rho"), {"k": 1}),
    ("d_gradient(V[k]) == d_constrained(V[k])/rho[k]**2", RELU, {"k": 2}),
    ("dot(grad(f[n],W[k]),W[k]) == f[n]", RELU, {"k": 1, "n": 2}),
    ("vec(W) @ hess(f[n]) == (K-1)*grad(f[n])", RELU, {"n": 3}),
    ("dot(grad(f[n],W[k]),W[k]) == p**(K-k)*f[n]", variant(network="power", degree=3), {"k": 1, "n": 2}),
    ("d(rho[1]**2) == d(rho[3]**2)", RELU, {}),
    ("d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])", variant(network="linear"), {"k": 1}),
    ("d(L) == -dot(grad(L),grad(L))", variant(loss="logistic"), {}),
    ("d(L) <= 0", RELU, {}),
    ("lam[k] == sum(n, y[n]*f[n]*exp(-y[n]*f[n]))/2/N", variant(flow="constrained"), {"k": 2}),
    ("lam[k] == rho[k]*d(rho[k])/2", variant(flow="constrained", weight_decay="any"), {"k": 2}),
    (
        "grad(L,W[2]) == sum(n,outer(softmax(f[n])-onehot(n),act(pre(1,n))))/N",
        variant(loss="cross-entropy", widths=((4, 3, 2),)),
        {},
    ),
    ("L == -sum(n, log(entry(softmax(f[n]),y[n])))/N", variant(loss="cross-entropy", widths=((4, 3, 2),)), {}),
    ("W[2].T @ W[2] == W[1] @ W[1].T", variant(start="balanced", data="separable"), {}),
    ("d(rho[1]) == d(rho[2])", variant(start="equal-norms", data="separable"), {}),
    ("margin == min(n, y[n]*fV[n])", RELU, {}),
    ("margin <= max_margin", variant(network="linear", widths=((4, 1),), data="separable"), {}),
    ("X @ min_norm == Y", variant(network="linear", widths=((4, 1),), loss="square", examples=3), {}),
    (
        "grad(L) == zeros_like(grad(L))",
        variant(network="linear", widths=((2, 3, 1),), loss="square"),
        {"at": "stationary", "adversarial": False},
    ),
    ("L == 0", variant(loss="square"), {"at": "interpolating"}),
    ("tr(hess(f[n])) == 0", RELU, {"n": 1}),
    ("nullity(null_projector(X)) == N", variant(examples=3), {}),
]


@pytest.mark.parametrize(("text", "setting", "bound"), HOLDS, ids=[text[:50] for text, _, _ in HOLDS])
def test_true_statements_pass(text, setting, bound):
    at = {k: v for k, v in bound.items() if k in ("at", "adversarial")}
    bound = {k: v for k, v in bound.items() if k not in at}
    result = judged(text, setting, bound, count=24 if "hess" in text else 64, **at)
    assert result.instances > 0
    assert result.violations == 0


FAILS = [
    (V_LAW.replace("rho/rho[k]**2", "rho/rho[k]"), RELU, {"k": 2}),
    (V_LAW.replace("/N", ""), RELU, {"k": 2}),
    (V_LAW, variant(flow="constrained"), {"k": 2}),
    ("dot(grad(f[n],W[k]),W[k]) == (1+1/10**7)*f[n]", RELU, {"k": 1, "n": 2}),
    ("d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])", RELU, {"k": 1}),
    ("d(L) >= 0", RELU, {}),
    ("vec(W) @ hess(f[n]) == K*grad(f[n])", RELU, {"n": 3}),
    ("lam[k] == rho[k]*d(rho[k])", variant(flow="constrained"), {"k": 2}),
    ("d(rho[1]**2) == d(rho[3]**2)", variant(weight_decay=(Fraction(0), Fraction(0), Fraction(1, 10))), {}),
]


@pytest.mark.parametrize(("text", "setting", "bound"), FAILS, ids=[text[:50] for text, _, _ in FAILS])
def test_false_statements_are_caught(text, setting, bound):
    result = judged(text, setting, bound, count=24 if "hess" in text else 64)
    assert result.violations >= result.instances // 2


def test_false_only_where_margins_tie():
    """True at every random point, false on one adversarial family."""
    result = judged("max(n, y[n]*f[n]) != min(n, y[n]*f[n])", variant(examples=4, data="separable"), count=320)
    assert 0 < int(result.tied.sum()) < result.instances // 8
