"""The checker's reading of formulas: by hand on a network of two layers, and beside the simulated world.

By hand: W_1 = (1 2; 0 -1), W_2 = (3 1), x = (1 1), y = -1: the second unit is off, f = 9, exp(-y f) = exp(9).
"""

import math
from fractions import Fraction

import pytest
import torch

from numerics.sampling.sample import sample
from numerics.world.simulated import SimulatedWorld
from verify.checker.enclosures import enclosed
from verify.formula import parse
from verify.world import Evaluator

HAND = {"w1_0_0": 1, "w1_0_1": 2, "w1_1_0": 0, "w1_1_1": -1, "w2_0_0": 3, "w2_0_1": 1, "x1_0": 1, "x1_1": 1, "y1": -1}
E9 = math.exp(9)

VALUES = [
    ("f[1]", [9]),
    ("W[2] @ act(W[1] @ x[1])", [9]),
    ("pre(1,1)", [3, -1]),
    ("gate(1,1)", [1, 0]),
    ("L", [E9]),
    ("grad(f[1], W[1])", [3, 3, 0, 0]),
    ("grad(f[1], W[2])", [3, 0]),
    ("d(W[2])", [-3 * E9, 0]),
    ("d(rho[2]**2)", [-18 * E9]),
    ("rho", [math.sqrt(60)]),
    ("fV[1]", [9 / math.sqrt(60)]),
    ("dot(grad(fV[1], V[1]), V[1])", [9 / math.sqrt(60)]),
    ("grad(fV[1], V[2])", [3 / math.sqrt(6), 0]),
    ("grad(f[1], rho[1])", [9 / math.sqrt(6)]),
    ("tr(hess(L, W[2], W[2]))", [9 * E9]),
    ("sum(k, rho[k]**2)", [16]),
    ("norm(W[1] @ W[1].T)**2", [25 + 4 + 4 + 1]),
    ("entry(W[1], 2, 2) + cols(W[1])", [1]),
]


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_values_by_hand(setting, reading, text, wanted):
    world = reading(setting(widths=((2, 2, 1),), examples=1))
    found = enclosed(world.network, world.reader.term(parse(text, ()), {}).entries, HAND)
    assert [float(v.mid()) for v in found] == pytest.approx(wanted, rel=1e-12)


CASES = [
    ({}, "d(V[k])", {"k": 2}),
    ({"flow": "constrained", "weight_decay": Fraction(1, 10)}, "d(W[k])", {"k": 1}),
    ({"flow": "fixed-rho"}, "lam[k]", {"k": 2}),
    ({"flow": "weight-norm", "network": "leaky-relu"}, "d(fV[n])", {"n": 3}),
    ({"loss": "logistic"}, "vec(W) @ hess(L)", {}),
    ({"loss": "square", "average": False}, "grad(L)", {}),
    ({"network": "power", "degree": 3}, "d(f[n])", {"n": 1}),
    ({"network": "smooth"}, "hess(f[n], W[1], W[2])", {"n": 2}),
    ({"network": "smooth", "smooth": "tanh"}, "d(L)", {}),
    ({"network": "smooth", "smooth": "swish"}, "grad(f[n], W[1])", {"n": 2}),
    ({"network": "linear"}, "hess(fV[n], V)", {"n": 4}),
    ({"output_activation": True}, "f[n]", {"n": 1}),
    ({"network": "linear", "widths": ((6, 1),), "loss": "square"}, "min_norm", {}),
    ({"network": "linear", "widths": ((6, 1),), "loss": "square"}, "null_projector(X) @ vec(W[1])", {}),
    ({"loss": "cross-entropy", "widths": ((4, 3, 2),)}, "grad(L, W[1]) + d(W[1])/2", {}),
    ({"loss": "cross-entropy", "widths": ((4, 3, 2),)}, "onehot(n) - softmax(f[n])", {"n": 2}),
    ({}, "sum(n, abs(f[n])*sign(fV[n]))", {}),
]


@pytest.mark.parametrize(("changes", "text", "bound"), CASES)
def test_values_beside_the_simulated_world(setting, reading, changes, text, bound):
    here = setting(**changes)
    keywords, sizes = here.keywords(here.widths[0]), here.sizes(here.widths[0])
    points, _ = sample(count=4, seed=5, data="generic", start="random", **keywords)
    node = parse(text, list(bound))
    simulated = Evaluator(SimulatedWorld(points, dtype=torch.float64, **keywords), sizes).term(node, bound)
    labels = points.y[0].reshape(here.examples, -1)
    classes = tuple(int(v) for v in labels[:, 0]) if here.loss == "cross-entropy" else ()
    world = reading(here, classes)
    found = enclosed(world.network, world.reader.term(node, bound).entries, letters(points))
    wanted = simulated[0].reshape(-1).tolist() if simulated.dim() else [float(simulated)]
    scale = max(map(abs, wanted)) or 1.0
    assert [float(v.mid()) for v in found] == pytest.approx(wanted, rel=1e-8, abs=1e-9 * scale)


def letters(points):
    """The first point of a batch, letter by letter."""
    found = {}
    for k, layer in enumerate(points.W, 1):
        for i, row in enumerate(layer[0].tolist()):
            found |= {f"w{k}_{i}_{j}": Fraction(v) for j, v in enumerate(row)}
    for n, x in enumerate(points.x[0].tolist(), 1):
        found |= {f"x{n}_{i}": Fraction(v) for i, v in enumerate(x)}
    found |= {f"y{n}": Fraction(v) for n, v in enumerate(points.y[0].reshape(len(points.x[0]), -1)[:, 0].tolist(), 1)}
    return found
