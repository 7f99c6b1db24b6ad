"""Shapes and index ranges, checked before anything is evaluated."""

import pytest

from verify.formula import FormulaError, Sizes, check_statement, parse
from verify.formula.shapes import Range, ShapeChecker, bindings

DEEP = Sizes((5, 4, 2, 1), 6)
CLASSES = Sizes((5, 4, 3), 6, "cross-entropy")
REGRESSION = Sizes((5, 3), 4, "square", "linear")
LINE = Sizes((3, 1), 5, "exponential", "linear")


def ranges(**ends: str) -> tuple[Range, ...]:
    return tuple(Range(i, *(parse(e, indices=ends) for e in text.split(".."))) for i, text in ends.items())


def check(text: str, sizes: Sizes = DEEP, **ends: str) -> None:
    check_statement(parse(text, indices=ends), ranges(**ends), sizes, text)


def misfit(text: str, sizes: Sizes = DEEP, **ends: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        check(text, sizes, **ends)
    return caught.value


@pytest.mark.parametrize(
    ("text", "sizes", "shape"),
    [
        ("W[1]", DEEP, (4, 5)),
        ("W[3]", DEEP, (2,)),  # 1 x 2 stays a row; see test below
        ("rho[1]", DEEP, ()),
        ("x[1]", DEEP, (5,)),
        ("f[1]", DEEP, ()),
        ("f[1]", CLASSES, (3,)),
        ("y[1]", REGRESSION, (3,)),
        ("Y", REGRESSION, (4, 3)),
        ("X", REGRESSION, (4, 5)),
        ("min_norm", REGRESSION, (5, 3)),
        ("svm", LINE, (3,)),
        ("pre(1, 2)", DEEP, (4,)),
        ("gate(2, 1)", DEEP, (2,)),
        ("grad(L, W[2])", DEEP, (2, 4)),
        ("grad(L)", DEEP, (30,)),
        ("vec(W)", DEEP, (30,)),
        ("grad(L, rho[1])", DEEP, ()),
        ("hess(L)", DEEP, (30, 30)),
        ("hess(L, W[1], W[3])", DEEP, (20, 2)),
        ("d(W[1])", DEEP, (4, 5)),
        ("diag(x[1])", DEEP, (5, 5)),
        ("outer(x[1], pre(1, 1))", DEEP, (5, 4)),
        ("null_projector(X)", REGRESSION, (5, 5)),
        ("pinv(X)", REGRESSION, (5, 4)),
        ("row(W[1], 1)", DEEP, (5,)),
        ("col(W[1], 1)", DEEP, (4,)),
        ("entry(W[1], 4, 5)", DEEP, ()),
        ("softmax(f[1])", CLASSES, (3,)),
        ("onehot(1)", CLASSES, (3,)),
        ("sum(n, x[n])", DEEP, (5,)),
        ("W[2] @ W[1] @ x[1]", DEEP, (2,)),
    ],
)
def test_shape(text, sizes, shape):
    found = ShapeChecker(sizes).shape(parse(text), {})
    assert found == shape or found == (1, *shape)


@pytest.mark.parametrize(
    ("text", "sizes", "ends"),
    [
        ("d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))", DEEP, {"k": "1..K"}),
        ("d(W[k] @ W[k].T) == d(W[k+1].T @ W[k+1])", DEEP, {"k": "1..K-1"}),
        ("norm(row(W[k], i)) >= 0", DEEP, {"k": "1..K", "i": "1..rows(W[k])"}),
        ("W[3] @ pre(2, n) == f[n]", DEEP, {"n": "1..N"}),
        ("entry(f[n], y[n]) <= 1", CLASSES, {"n": "1..N"}),
        ("V[1] == svm", LINE, {}),
        ("x[1].T @ x[2] == dot(x[1], x[2])", DEEP, {}),
        ("grad(fV[n], V[k]) == zeros_like(V[k])", DEEP, {"n": "1..N", "k": "1..K"}),
        ("limit(V[1]) == V[1] and bounded(rho)", DEEP, {}),
        ("asymptotic(rho, log(t))", DEEP, {}),
        ("independent_of_start(limit(V[1]))", DEEP, {}),
        ("rank(hess(L)) <= 3 and eigmin(hess(L)) < 0", DEEP, {}),
        ("margin == min(n, y[n]*fV[n])", DEEP, {}),
    ],
)
def test_fits(text, sizes, ends):
    check(text, sizes, **ends)


@pytest.mark.parametrize(
    ("text", "message", "under"),
    [
        ("W[1] == L", "a 4 x 5 matrix == a scalar", "W[1]"),
        ("W[1] == 0", "zeros_like", "W[1]"),
        ("W[1] < W[1]", "is between scalars", "W[1]"),
        ("W[1] @ W[2] == L", "inner sizes differ", "W[1] @"),
        ("x[1]*x[2] == L", "multiplies by a scalar", "x[1]"),
        ("L/x[1] == x[1]", "divides by a scalar", "L/x"),
        ("W[1]**2 == L", "between scalars", "W[1]**"),
        ("W[1] + L == L", "", "W[1] +"),
        ("L == norm(W[4])", "there is no layer 4; layers run from 1 to 3", "W[4]"),
        ("L == y[7]", "there is no example 7", "y[7]"),
        ("L == norm(pre(1, 7))", "there is no example 7", "pre"),
        ("L == y[L]", "an index is made of integers", "L]"),
        ("L == tr(W[1])", "square matrix", "tr"),
        ("L == entry(W[1], 5, 1)", "indices run from 1 to 4", "entry"),
        ("L == dot(W[1], W[2])", "dot of", "dot"),
        ("L == exp(x[1])", "takes a scalar", "exp"),
        ("L == lam[1]", "exists in the flows", "lam"),
        ("L == p", "network = 'power'", "p"),
        ("L == max_margin", "one layer", "max_margin"),
        ("L == norm(onehot(1))", "class labels", "onehot"),
        ("grad(x[1], W[1]) == W[1]", "derivative is taken of a scalar", "grad"),
        ("grad(fV[1]*norm(grad(f[1], W[1])), V[1]) == V[1]", "do not mix", "grad(f[1]"),
        ("grad(d(L), V[1]) == V[1]", "cannot stand inside", "d(L)"),
        ("L", "states nothing", "L"),
        ("L + 1", "states nothing", "L + 1"),
        ("(L == 1) + 1 == 2", "stands where a term is wanted", "L == 1"),
        ("limit(L) + 1 == 2", "whole side of a relation", "limit"),
        ("L == t", "statements about a trajectory", "t"),
        ("limit(L) == t", "statements about a trajectory", "t"),
        ("independent_of_start(V[1])", "limit(e)", "V[1]"),
        ("nondecreasing(W[1])", "about scalars", "W[1]"),
        ("L == sum(i, 1, 20000, i)", "at most 10000", "sum"),
        ("L == sum(i, 1, 9000, sum(j, 1, 9000, i))", "with the sums around it", "sum(j"),
        ("L == tr(eye(20000))", "sizes run from 1 to 10000", "eye"),
    ],
)
def test_misfits_are_told_with_their_place(text, message, under):
    error = misfit(text)
    assert message in error.message
    assert error.column is not None and text[error.column :].startswith(under)


@pytest.mark.parametrize(
    ("text", "ends", "message"),
    [
        ("L == rho[k]", {"k": "0..K"}, "there is no layer 0"),
        ("L == norm(W[k+1])", {"k": "1..K"}, "there is no layer 4"),
        ("L == 1", {"k": "1..K"}, "does not occur in the formula"),
        ("L == i", {"i": "1..99999"}, "the ranges in 'for' do not fit: 'i' takes 99999 values"),
        ("L == i + j", {"i": "1..9999", "j": "1..9999"}, "more than 20000 instances"),
        ("L == rho[k]*i", {"k": "1..K", "i": "1..rows(W[k+1])"}, "the ranges in 'for' do not fit"),
        ("L**(4*K*N) == 1", {}, "at most 64"),
    ],
)
def test_quantified_misfits(text, ends, message):
    assert message in misfit(text, **ends).message


def test_labels_of_classes_are_no_numbers():
    assert "number of a class" in misfit("y[1]*L == 1", CLASSES).message


def test_bindings_of_examples_may_be_thinned_but_never_layers():
    both = ranges(k="1..K", n="1..N")
    assert len(list(bindings(both, DEEP))) == 18
    assert len(list(bindings(both, Sizes((5,) * 8, 100), limit=3))) == 7 * 3


def test_dependent_ranges():
    pairs = ranges(k="1..K", i="1..rows(W[k])")
    assert [tuple(b.values()) for b in bindings(pairs, Sizes((3, 2, 1), 4))] == [(1, 1), (1, 2), (2, 1)]


def test_checking_many_instances_stops_early():
    deep = "".join(f"sum(i{n}, 1, 9, " for n in range(5)) + "+".join(["a*b*c"] * 40) + ")" * 5
    check(f"{deep} == 1", a="1..20", b="1..20", c="1..20")
