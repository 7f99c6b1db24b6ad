"""Every name of the vocabulary that the exact world forms, on a 2-2-1 network of integers, against hand computation.

W_1 = [[1, 2], [-1, 1]], W_2 = [3, 4]; x_1 = (1, 1), x_2 = (1, -1); y_1 = 1, y_2 = -1.

    W_1 x_1 = (3, 0) is a kink, so x_1 = (2, 1):  W_1 x_1 = (4, -1), relu (4, 0), f_1 = 12
    x_2 = (1, -1):  W_1 x_2 = (-1, -2), relu (0, 0) is dead, so x_2 = (-2, 1):  (0, 3) is a kink;
    x_2 = (-1, 1):  W_1 x_2 = (1, 2), relu (1, 2), f_2 = 3 + 8 = 11
    |W_1|^2 = 1 + 4 + 1 + 1 = 7,  |W_2|^2 = 9 + 16 = 25, so rho_2 = 5, rho_1 = sqrt 7
"""

from fractions import Fraction

import numpy as np
import pytest

from derivations.exact.point import OutsideDomain, PointWorld
from verify.formula import Sizes, parse
from verify.world import Evaluator

W = (((1, 2), (-1, 1)), ((3, 4),))
X, Y = ((2, 1), (-1, 1)), (1, -1)


def _value(text, loss="square", y=Y, network="relu", x=X, w=W, table=None, **setting):
    widths = (2, *(len(layer) for layer in w))
    world = PointWorld(weights=w, inputs=x, labels=y, network=network, widths=widths, examples=2, loss=loss, **setting)
    sizes = Sizes(widths, 2, loss, network, setting.get("flow", "gradient"))
    result = Evaluator(world, sizes).term(parse(text, list(table or {})), table or {})
    world.at_precision(128)
    return np.vectorize(lambda e: float(world.value(e)) if result.size else e)(result).tolist()


# with the square loss, averaged: residuals f - y are 11 and 12
NUMBERS = {
    "K": 2,
    "N": 2,
    "f[1]": 12,
    "f[2]": 11,
    "y[2]": -1,
    "W[1]": [[1, 2], [-1, 1]],
    "W[2]": [[3, 4]],
    "x[2]": [-1, 1],
    "X": [[2, 1], [-1, 1]],
    "Y": [1, -1],
    "rho[2]": 5,
    "rho[1]**2": 7,
    "rho**2": 175,
    "V[2]": [[Fraction(3, 5), Fraction(4, 5)]],
    "rho*fV[1]": 12,
    "rho*margin": -11,
    "pre(1,1)": [4, -1],
    "gate(1,1)": [1, 0],
    "act(pre(1,1))": [4, 0],
    "act1(pre(1,2))": [1, 1],
    "act2(pre(1,2))": [0, 0],
    "L": Fraction(11**2 + 12**2, 2),  # 265/2
    "grad(f[1],W[2])": [[4, 0]],  # the hidden layer
    "grad(f[1],W[1])": [[6, 3], [0, 0]],  # W_2^T x^T on the active row: 3 (2, 1)
    "grad(f[2],W[1])": [[-3, 3], [-4, 4]],  # 3 (-1, 1) and 4 (-1, 1)
    "grad(L,W[2])": [[56, 24]],  # 11 (4, 0) + 12 (1, 2)
    "d(W[2])": [[-56, -24]],
    "d(rho[2]**2)": -528,  # 2 (3 * -56 + 4 * -24)
    "d(rho[2])": Fraction(-264, 5),
    "dot(grad(f[1],W[1]),W[1])": 12,  # Euler
    "hess(f[1],W[2],W[1])": [[2, 1, 0, 0], [0, 0, 0, 0]],  # d(hidden_i)/dW_1: x on the active row
    "hess(f[1],W[1],W[1])": [[0] * 4] * 4,
    "row(hess(f[1]),5)": [2, 1, 0, 0, 0, 0],
    "grad(L,V[2])": [[280, 120]],  # rho_2 times grad(L, W_2)
    "dot(grad(fV[1],V[2]),V[2])*rho": 12,
    "d_constrained(rho[2])": Fraction(-264, 5),  # -<G, V> = -(56*3 + 24*4)/5
    "d_fixed_rho(rho[2])": 0,
    # T = G - <G,V>V = (56, 24) - 264/25 (3, 4) = (608, -456)/25; dV = -rho T = -(608, -456)/5
    "d_constrained(V[2])": [[Fraction(-608, 5), Fraction(456, 5)]],
    "d_gradient(V[2])": [[Fraction(-608, 125), Fraction(456, 125)]],
    "d_weight_norm(V[2])": [[Fraction(-608, 5), Fraction(456, 5)]],
    "dot(W[1],W[1])": 7,
    "norm(W[2])": 5,
    "norm(W[1])**2": 7,
    "W[2] @ W[1]": [-1, 10],
    "W[1].T": [[1, -1], [2, 1]],
    "outer(x[1],x[2])": [[-2, 2], [-1, 1]],
    "eye(2)": [[1, 0], [0, 1]],
    "tr(W[1])": 2,
    "vec(W[1])": [1, 2, -1, 1],
    "zeros_like(W[2])": [[0, 0]],
    "vec(W)": [1, 2, -1, 1, 3, 4],
    "diag(x[1])": [[2, 0], [0, 1]],
    "sum(n, y[n]*f[n])": 1,
    "prod(n, f[n])": 132,
    "min(n, y[n]*f[n])": -11,
    "max(n, f[n])": 12,
    "sum(i, 1, rows(W[1]), entry(W[1],i,2))": 3,
    "sum(k, rho[k]**2)": 32,
    "row(W[1],2)": [-1, 1],
    "col(W[1],2)": [2, 1],
    "entry(W[1],2,1)": -1,
    "entry(x[1],2)": 1,
    "rows(W[2])": 1,
    "cols(W[2])": 2,
    "abs(f[1]-f[2]*2)": 10,
    "sign(-f[1])": -1,
    "sqrt(f[1]*3)": 6,
    "f[1]/f[2]": Fraction(12, 11),
    "-f[1]**2": -144,
    "pinv(X) @ X": [[1, 0], [0, 1]],
    "null_projector(X)": [[0, 0], [0, 0]],
    "exp(f[1]-12)": 1,
    "log(f[1]-11)": 0,
}


def _flat(value):
    return [float(v) for v in np.array(value, dtype=object).reshape(-1)]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_by_hand(text):
    got = _flat(_value(text))
    wanted = _flat(NUMBERS[text])
    assert got == pytest.approx(wanted, rel=1e-14, abs=1e-14)


def test_exponential_loss():
    """With w_2 = (1/12, 0): f_1 = 1/3, f_2 = 1/12, y f = 1/3, -1/12."""
    w = (W[0], ((Fraction(1, 12), 0),))
    e1, e2 = np.exp(-1 / 3), np.exp(1 / 12)
    assert _value("L", "exponential", w=w) == pytest.approx((e1 + e2) / 2)
    assert _value("N*L", "exponential", w=w, average=False) == pytest.approx(2 * (e1 + e2))
    # grad by W_2: -1/2 (e1 (4, 0) - e2 (1, 2))
    assert _flat(_value("grad(L,W[2])", "exponential", w=w)) == pytest.approx([-2 * e1 + e2 / 2, e2])
    # lam_2 = -1/2 <rho G, V> = -1/2 <G, W_2> = 1/2 (1/2) sum y f exp(-y f)
    lam = _value("lam[2]", "exponential", w=w, flow="constrained")
    assert lam == pytest.approx((e1 / 3 - e2 / 12) / 4)


def test_logistic_loss():
    w = (W[0], ((Fraction(1, 12), 0),))
    assert _value("L", "logistic", w=w) == pytest.approx((np.log1p(np.exp(-1 / 3)) + np.log1p(np.exp(1 / 12))) / 2)


def test_cross_entropy():
    """Outputs (1, 0) and (-1, -1) of the linear layer W = [[1, -1], [0, 0]] at x = (1, 0), (0, 1)."""
    given = {"loss": "cross-entropy", "y": (1, 2), "network": "linear", "x": ((1, 0), (0, 1))}
    given["w"] = (((1, -1), (0, 0)),)
    s = 1 / (1 + np.exp(-1))
    assert _flat(_value("softmax(f[1])", **given)) == pytest.approx([s, 1 - s])
    assert _value("entry(f[2], y[2])", **given) == 0
    assert _flat(_value("onehot(2)", **given)) == [0, 1]
    # f_2 = (-1, 0): the loss of either example is log(1 + e^-1)
    assert _value("L", **given) == pytest.approx(np.log1p(np.exp(-1)))


def test_weight_decay_power_leaky_and_smooth():
    assert _value("L", weight_decay=Fraction(1, 8)) == 265 / 2 + 32 / 8
    assert _value("decay", weight_decay=Fraction(1, 8)) == 1 / 8
    assert _value("f[1]", network="power", degree=2) == 3 * 16 + 4 * 1
    assert _value("p", network="power", degree=3) == 3
    assert _value("f[1]", network="leaky-relu", slope=Fraction(1, 2)) == 12 - 2
    assert _value("f[1]", network="smooth", smooth="tanh") == pytest.approx(3 * np.tanh(4) + 4 * np.tanh(-1))
    assert _flat(_value("act1(pre(1,1))", network="smooth", smooth="softplus")) == pytest.approx(
        [1 / (1 + np.exp(-4)), 1 / (1 + np.exp(1))]
    )


def test_interpolant_of_one_layer():
    given = {"network": "linear", "w": (((1, 1),),)}
    assert _flat(_value("min_norm", **given)) == pytest.approx([2 / 3, -1 / 3])  # 2a + b = 1, -a + b = -1


@pytest.mark.parametrize("text", ["grad(f[1],W[1])", "gate(1,1)", "act1(pre(1,1))", "d(f[1])"])
def test_a_kink_is_outside_the_domain_of_derivatives(text):
    with pytest.raises(OutsideDomain):
        _value(text, x=((1, 1), (-1, 1)))


def test_a_kink_is_inside_the_domain_of_the_output():
    assert _value("f[1]", x=((1, 1), (-1, 1))) == 9


@pytest.mark.parametrize("text", ["V[1]", "fV[1]", "log(0*f[1])", "1/(f[1]-f[1])", "1/(f[2]-11)", "log(-f[1])"])
def test_what_does_not_exist(text):
    w = (((0, 0), (0, 0)), W[1]) if text in ("V[1]", "fV[1]") else W
    with pytest.raises((OutsideDomain, ArithmeticError, Exception), match=r"zero|positive|V\["):
        _value(text, w=w)
