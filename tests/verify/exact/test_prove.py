"""Plausible statements that are false must not be proved; true ones must be, generally where that is possible."""

from fractions import Fraction

import pytest

from verify.auditor.kinds import decide

K, KN = {"k": "1..K"}, {"k": "1..K", "n": "1..N"}
N, NM = {"n": "1..N"}, {"n": "1..N", "m": "1..N"}
ONE = {"network": "linear", "widths": ((4, 1),)}
SMALL = {"widths": ((2, 2, 1),), "examples": 2}
CLASSES = {"loss": "cross-entropy", "network": "linear", "widths": ((2, 3),), "examples": 3}
SQUARE = {"loss": "square", "network": "linear", "widths": ((3, 1),), "examples": 2}
ALIKE = {"widths": ((4, 4, 3, 1),)}
TENTHS = (Fraction(0), Fraction(1, 10), Fraction(0))
CUBES = "rho[k]**6 - 3*rho[k]**2*norm(W[k]@W[k].T)**2 + 2*norm(W[k]@W[k].T@W[k])**2"
NEWTON = (
    "sum(n,f[n])**(1+2) == 3*((sum(n,f[n])+sum(n,f[n]**2))**(1+1) - sum(n,f[n])**(1+1)"
    " - sum(n,f[n]**2)**(1+1))/2 - 2*sum(n,f[n]**3)"
)

FALSE = [
    # an index that is calculated with, or named by number
    ("k*rho[k] == rho[k]", {}, K),
    ("n*rho[k]*f[n] == rho[k]*f[n]", {}, KN),
    ("rho[k]*f[n] == rho[k]*f[1]", {}, KN),
    ("rho[k]*sum(n, f[n]) == rho[k]*f[N]", SMALL, K),
    ("f[n+1] == f[n]", {}, {"n": "1..N-1"}),
    ("f[n] == 3*f[n]", {}, {"n": "2..N"}),
    ("pre(1,n) == pre(1,1)", SMALL, N),
    ("prod(n, f[n]) == f[1]", SMALL, {}),
    ("min(n, f[n]) == max(n, f[n])", {}, {}),
    # N and K as numbers
    ("(N-1)*rho[k] == 0", {}, K),
    ("(N-1)*(N-2)*rho[k]*sum(n, f[n]) == 0", SMALL | {"examples": 3}, K),
    ("N*rho[k] <= rho[k]", SMALL, K),
    ("sum(n, y[n]**2)*rho[k] <= rho[k]", SMALL, K),
    ("tr(eye(K))*rho[k] == rho[k]", {}, K),
    ("rho[k]**K == rho[k]", SMALL, K),
    # sums inside functions, powers and quotients
    ("rho[k]*log(L) == -rho[k]*y[n]*f[n]", {"average": False} | SMALL, KN),
    ("norm(sum(n, x[n])) == norm(x[m])", ONE, {"m": "1..N"}),
    ("log(sum(n, exp(f[n]))) == f[m]", ONE, {"m": "1..N"}),
    (NEWTON, {"network": "linear", "widths": ((2, 1),)}, {}),
    ("sum(i, 1, N, f[i]) == f[m]", ONE, {"m": "1..N"}),
    # sums over a part of the layers, and layers that move by way of others
    ("sum(k, 2, K, rho[k]) == 0", {}, {}),
    ("rho[j]*sum(k, 1, K-1, rho[k]) == 0", {}, {"j": "1..K"}),
    ("sum(i, 1, 2*K, rho[k]) == 2*rho[k]", {}, K),
    ("d(d(rho[k]**2)) == dot(grad(d(rho[k]**2), W[k]), d(W[k]))", {"widths": ((2, 1, 1),), "examples": 1}, K),
    ("sum(k, rho[k])**2 == sum(k, rho[k]**2)", {}, {}),
    ("rho == rho[1]", {"network": "linear", "widths": ((3, 1), (3, 2, 1))}, {}),
    ("rho[j] == rho[k]", {}, {"k": "1..K", "j": "k..K"}),
    # widths
    ("(2*rows(W[k])-cols(W[k])-1)*rho[k] == 0", {}, K),
    ("(cols(W[1])-3)*(cols(W[1])-4)*rho[1] == 0", {"network": "linear", "widths": ((5, 1),)}, {}),
    (CUBES + " == 0", ALIKE, K),
    ("exp(" + CUBES + ") == 1", ALIKE, K),
    # weight decay by layer
    ("dot(grad(L,W[k]),W[k]) == -sum(n, y[n]*f[n]*exp(-y[n]*f[n]))/N", SMALL | {"weight_decay": TENTHS[1:]}, K),
    ("rho[k]*decay[k] == 0", {"weight_decay": TENTHS}, K),
    # classes
    ("entry(softmax(f[n]), 1) == entry(softmax(f[n]), y[n])", CLASSES, N),
    ("dot(onehot(n), onehot(m)) == 0", CLASSES, NM),
    ("sum(n, entry(onehot(n), 1)) >= 1", CLASSES, {}),
    # things that vanish somewhere
    ("norm(f[n]*x[n]) > 0", ONE, N),
    ("sqrt(f[n]**2) > 0", ONE, N),
    ("rho[k] > 0", SMALL, K),
    ("rank(f[n]*outer(x[1], x[1])) == 1", ONE, N),
    ("W[1]@pinv(W[1]) == eye(2)", SQUARE | {"widths": ((3, 2, 1),)}, {}),
    ("implies(norm(f[n]*x[n])*f[m] == 0, f[m] == 0)", ONE | {"examples": 2}, NM),
    ("(y[n]**2-1)/(y[n]**2-1) == 7", ONE, N),
    ("log(f[n]**2) == log(f[n])+1", ONE, N),
    # things that jump
    ("conserved(gate(1,n))", SMALL, N),
    ("conserved(sign(f[n]))", {}, N),
    ("conserved(abs(f[n])/f[n])", {}, N),
    ("conserved(grad(f[n], W[1]))", {"widths": ((3, 1),), "output_activation": True}, N),
    # gates, signs, roots
    ("abs(f[n]) == f[n]", {}, N),
    ("rho[k]*sqrt(f[n]**2) == rho[k]*f[n]", {}, KN),
    ("gate(1,n) == gate(1,m)", {"widths": ((2, 1, 1),), "examples": 2}, NM),
    ("entry(V[1],1,1) == 1", {"network": "linear", "widths": ((1, 1),)}, {}),
    ("exp(y[n]*f[n]) == exp(f[n])", ONE, N),
    ("d(rho[k]**2) == d(rho[k+1]**2)", {"weight_decay": Fraction(1, 10)}, {"k": "1..K-1"}),
    ("d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])", SMALL, {"k": "1..K-1"}),
]


@pytest.mark.parametrize(("text", "changes", "table"), FALSE, ids=[text for text, *_ in FALSE])
def test_what_is_false_is_not_proved(text, changes, table, setting, statement):
    where = setting(**changes)
    assert decide(statement(text, where, **table), where).outcome != "proved"


TRUE = [
    ("dot(grad(f[n],W[k]),W[k]) == f[n]", {}, KN, "general"),
    ("d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", {}, K, "general"),
    ("d(rho[j]**2) == d(rho[k]**2)", {}, {"j": "1..K", "k": "1..K"}, "general"),
    ("d(W[k]@W[k].T) == d(W[k+1].T@W[k+1])", {"network": "linear"}, {"k": "1..K-1"}, "general"),
    ("d(L) == -sum(k, dot(grad(L,W[k]), grad(L,W[k])))", {}, {}, "general"),
    ("d(L) <= 0", {"flow": "constrained"}, {}, "general"),
    ("d(rho[k]) > 0", {"start": "separating"}, K, "general"),
    ("hess(f[n], W[k], W[k]) @ vec(W[k]) == zeros_like(vec(W[k]))", {}, KN, "general"),
    ("tr(hess(rho[k]**2, W[k], W[k])) == 2*rows(W[k])*cols(W[k])", {"widths": ((3, 2, 1),)}, K, "general"),
    ("d(norm(W[k])) == dot(grad(norm(W[k]), W[k]), d(W[k]))", {}, K, "general"),
    ("conserved(rho[j]**2 - rho[k]**2)", {}, {"j": "1..K", "k": "1..K"}, "general"),
    ("generically(dot(V[k], V[k]) == 1)", {}, K, "general"),
    ("sum(i, 1, rows(W[1]), row(grad(L,W[1]), i)) == zeros_like(row(W[1],1))", CLASSES, {}, "instances"),
    ("rank(null_projector(X)) == 1", SQUARE, {}, "instances"),
    ("abs(f[n])**2 == f[n]**2", ONE, N, "instances"),
]


@pytest.mark.parametrize(("text", "changes", "table", "scope"), TRUE, ids=[text for text, *_ in TRUE])
def test_what_is_true_is_proved(text, changes, table, scope, setting, statement):
    where = setting(**changes)
    found = decide(statement(text, where, **table), where)
    assert found.outcome == "proved", found.message
    assert found.scope == "general" or scope == "instances"


def test_coupled_labels_are_not_imposed_on_fewer_examples(setting, statement, hypothesis_of):
    """sum y_n = 0 says y_1 = 0 at N = 1 only."""
    where = setting(**SQUARE, assume=(hypothesis_of("sum(n, y[n]) == 0"),))
    assert decide(statement("y[n] == 0", where, **N), where).outcome != "proved"


def test_interpolation_holds_at_the_point_and_not_beside_it(setting, statement):
    """y_n = f_n at the point, yet y_n does not move with W."""
    where = setting(**SQUARE)
    false = statement("grad(norm(y[n]*x[1]), W[1]) == grad(norm(f[n]*x[1]), W[1])", where, at="interpolating", **N)
    true = statement("grad(L, W[1]) == zeros_like(W[1])", where, at="interpolating")
    assert decide(false, where).outcome != "proved"
    assert decide(true, where).outcome == "proved"


# SymPy's `equals` is not sure of these (and says False of some)
PIECEWISE = [
    ("act(rho[1]*pre(1,n)) == rho[1]*act(pre(1,n))", {}),
    ("act(pre(1,n)) - act(-pre(1,n)) == pre(1,n)", {}),
    ("act(pre(1,n)) + act(-pre(1,n)) == norm(pre(1,n))", {"widths": ((2, 1, 1),)}),
    ("dot(act(pre(1,n)), act(-pre(1,n))) == 0", {}),
    ("abs(y[n]*f[n]) == abs(f[n])", {}),
]


@pytest.mark.parametrize(("text", "changes"), PIECEWISE)
def test_true_identities_with_kinks_are_never_refuted(text, changes, setting, statement):
    where = setting(**SMALL | changes)
    assert decide(statement(text, where, **N), where).outcome in ("proved", "undecided", "nonzero")


@pytest.mark.parametrize("text", [t for t, _ in PIECEWISE[:2]])
def test_homogeneity_of_relu_is_proved(text, setting, statement):
    where = setting(**SMALL)
    assert decide(statement(text, where, **N), where).outcome == "proved"
