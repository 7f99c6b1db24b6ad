"""Kinds of statement of which false ones were once proved: each false one beside a true neighbour that is decided.

Each false statement fails at a coincidence (N = 1, equal indices, a width of 1, a layer named by a number), at labels
that the statement tells apart, at a number that no sampling meets, or in data that are not in general position.
"""

import pytest

from verify.exact.prove import decide
from verify.statements.table import all_rows, rows_of

LINEAR = {"network": "linear", "widths": ((3, 2, 1),), "examples": 2}
DEEP = {"network": "linear", "widths": ((2, 3, 4, 1),), "examples": 3}
CLASSES = {"network": "linear", "widths": ((3, 2),), "examples": 2, "loss": "cross-entropy"}
SQUARE = {"network": "linear", "widths": ((2, 1),), "examples": 2, "loss": "square"}
ALONE = {"network": "relu", "widths": ((3, 2, 1),), "examples": 1, "start": "separating"}
K, N, NM = {"k": "1..K"}, {"n": "1..N"}, {"n": "1..N", "m": "1..N"}

FALSE = [
    # `!=` says something, and every part of a conclusion is asked for
    ("implies(f[1] < 0, f[1] < 1 and f[1] != -22/7)", LINEAR, {}),
    ("iff(rho[1] > 1, rho[1] > 1 and rho[1] != rho[2])", LINEAR, {}),
    ("implies(rho[1] == 2, rho[1] == 2 and f[1] != 5)", LINEAR, {}),
    ("f[1] != f[2]", LINEAR, {}),
    ("implies(f[n] >= f[m], f[n] != f[m])", LINEAR, NM),
    ("implies(y[1] == y[2], y[3] != y[1])", {**CLASSES, "widths": ((4, 3),), "examples": 4}, {}),
    # an extreme over its own range, of layers or of places
    ("min(n, 2, 3, n - 5/2) <= -1", {**LINEAR, "examples": 5}, {}),
    ("min(k, 2, K, rho[k]*(k - 1) - rho[k]) < 0", DEEP, {}),
    ("min(k, 1 - rho[k]) <= 0", LINEAR, {}),
    ("min(i, 2, rows(W[1]), i - 1) <= 0", DEEP, {}),
    # a layer that is named by the end of a sum
    ("rho[k] <= sum(j, 1, 2, rho[j])", DEEP, K),
    ("implies(sum(j, 1, 1, norm(W[j])**2) == 4, norm(W[k])**2 == 4)", DEEP, K),
    ("dot(W[k],W[k]) == sum(j, 1, 1, dot(W[j],W[j]))", DEEP, K),
    # one example, and two names for the same one
    ("d(rho[k]**2) > 2/N*y[n]*f[n]*exp(-y[n]*f[n])", ALONE, {**K, **N}),
    ("L > 1/N*exp(-y[n]*f[n])", {**LINEAR, "examples": 1}, {**N}),
    ("sum(j, exp(-y[j]*f[j])) >= exp(-y[n]*f[n]) + exp(-y[m]*f[m])", LINEAR, NM),
    ("0*rho[k] + sum(j, exp(-y[j]*f[j])) > exp(-y[n]*f[n])", {**LINEAR, "examples": 1}, {**K, **N}),
    # sizes: a width of 1, and a number of examples beyond those that are checked
    ("0*rho[k] + rows(W[k]) >= 2", LINEAR, K),
    ("norm(W[k])**2 > entry(W[k],1,1)**2", {**LINEAR, "widths": ((1, 1, 1),)}, K),
    ("0*rho[k] + 5*exp(f[m]) - sum(n, 1, N, exp(f[m])) > 0", {**LINEAR, "examples": 6}, {**K, "m": "1..N"}),
    # classes that the statement, a hypothesis or the shape of a layer tells apart
    ("y[1] == 1", CLASSES, {}),
    ("y[n] <= 1", CLASSES, N),
    ("implies(y[1] == 2, rho[1] < 1000)", CLASSES, {}),
    ("sum(n, y[n]) == 3", {**CLASSES, "widths": ((4, 3),)}, {}),
    ("dot(onehot(1), x[1]) == entry(x[1], 1)", {**CLASSES, "widths": ((2, 2),)}, {}),
    # logarithms of squares, and denominators that may be negative
    ("log(f[1]**2) <= 2*f[1] - 2", LINEAR, {}),
    ("log(entry(W[1],1,1)**4) == 4*log(entry(W[1],1,1))", LINEAR, {}),
    ("implies((exp(f[2]) - 1)/f[2] > 0, f[2] > -1)", LINEAR, {}),
    ("implies(log(rho[1])/f[1] > 0, rho[1] > 1/2)", LINEAR, {}),
    ("implies((exp(f[1]) - exp(f[2]))/(f[1] - f[2]) > 0, f[1] > f[2])", LINEAR, {}),
    # zero layers are points
    ("rank(W[1].T @ W[1]) == 1", {**LINEAR, "widths": ((3, 1),)}, {}),
    ("rank(outer(vec(W[k]), vec(W[k]))) == 1", LINEAR, K),
    ("rho[k] > 0", LINEAR, K),
    ("rho[1] > 0", {**ALONE, "network": "smooth"}, {}),
    # large numbers
    ("f[1] < 10**60*10**60*10**60*10**60*10**60*10**60", LINEAR, {}),
    ("implies(f[1] < 10**60, f[1] < 10**60 - 1/10**60)", LINEAR, {}),
    # layers that are not square, or do not fit each other
    ("tr(W[k] @ W[k]) == norm(W[k])**2", {**LINEAR, "widths": ((2, 2, 2),), "loss": "square"}, K),
    ("W[j] @ W[k] == W[k] @ W[j]", {**LINEAR, "widths": ((2, 2, 2),), "loss": "square"}, {**K, "j": "1..K"}),
]

TRUE = [
    ("implies(f[1] < 0, f[1] < 1 and exp(f[1]) != -22/7)", LINEAR, {}, "instances"),
    ("implies(f[1] < 0, f[1] < 1 and f[1] != 22/7)", LINEAR, {}, "instances"),
    ("exp(f[1]) + f[2]**2 != 0", LINEAR, {}, "instances"),
    ("implies(f[n] > f[m], f[n] != f[m])", LINEAR, NM, "instances"),
    ("implies(y[1] == y[2], y[3] != y[1])", {**CLASSES, "widths": ((3, 2),), "examples": 3}, {}, "instances"),
    ("min(n, 2, 3, n - 5/2) <= 0", {**LINEAR, "examples": 5}, {}, "instances"),
    ("min(k, -rho[k]) <= 0", DEEP, {}, "instances"),
    ("min(i, 2, rows(W[1]), i - 2) <= 0", DEEP, {}, "instances"),
    ("rho[k]*sum(j, 1, 2, rho[j]) == sum(j, 1, 2, rho[j])*rho[k]", DEEP, K, "instances"),
    ("d(rho[k]**2) >= 2/N*y[n]*f[n]*exp(-y[n]*f[n])", ALONE, {**K, **N}, "general"),
    ("0*rho[k] + sum(j, exp(-y[j]*f[j])) >= exp(-y[n]*f[n])", {**LINEAR, "examples": 1}, {**K, **N}, "general"),
    ("iff(y[1] == 1, y[2] == 2)", CLASSES, {}, "instances"),
    ("sum(n, y[n]) >= 2", CLASSES, {}, "instances"),
    ("log(f[1]**2) <= f[1]**2 - 1", LINEAR, {}, "instances"),
    ("implies((exp(f[2]) - 1)/rho[1] > 0, f[2] > -1)", LINEAR, {}, "instances"),
    ("rank(outer(vec(V[k]), vec(V[k]))) == 1", LINEAR, K, "instances"),
    ("implies(f[1] < 1, f[1] < 10**60*10**60*10**60*10**60*10**60*10**60)", LINEAR, {}, "instances"),
    ("tr(W[k].T) == tr(W[k])", {**LINEAR, "widths": ((2, 2, 2),), "loss": "square"}, K, "instances"),
    ("tr(W[j] @ W[k]) == tr(W[k] @ W[j])", {**SQUARE, "widths": ((2, 2, 2),)}, {**K, "j": "1..K"}, "instances"),
    ("V[1]*V[1] == 1", {**LINEAR, "widths": ((1, 1, 1),)}, {}, "instances"),
]


@pytest.mark.parametrize(("text", "changes", "ranges"), FALSE, ids=[case[0] for case in FALSE])
def test_near_misses_are_not_proved(text, changes, ranges, statement, setting):
    where = setting(**changes)
    assert decide(statement(text, where, **ranges), where).outcome != "proved"


@pytest.mark.parametrize(("text", "changes", "ranges", "scope"), TRUE, ids=[case[0] for case in TRUE])
def test_their_true_neighbours_are(text, changes, ranges, scope, statement, setting):
    where = setting(**changes)
    found = decide(statement(text, where, **ranges), where)
    assert (found.outcome, found.scope) == ("proved", scope), found.message


# ---- hypotheses that tell classes apart


def test_a_hypothesis_names_a_class(statement, setting, hypothesis_of):
    named = setting(**CLASSES, assume=(hypothesis_of("entry(f[1],1) >= entry(f[1],2) - 10**6"),))
    own = setting(**CLASSES, assume=(hypothesis_of("entry(f[1],y[1]) >= sum(i, 1, rows(W[1]), entry(f[1],i))/2"),))
    text = "2*entry(f[1],y[1]) - sum(i, 1, rows(W[1]), entry(f[1],i)) >= -10**6"
    assert decide(statement(text, named), named).outcome != "proved"
    assert decide(statement(text, own), own).outcome == "proved"


# ---- hypotheses that contradict each other


@pytest.mark.parametrize(
    "assumed",
    [
        ("f[1] > 1", "f[1] < 1"),
        ("rho[1] == 1", "10**30*(rho[1]**2 - 1) == 1"),  # a contradiction below rounding
        ("L < 0",),
        ("rho[1]**2 < 0",),
        ("f[1] == 2", "f[1]**2 < 4"),
    ],
)
def test_contradictory_hypotheses_leave_nothing_to_speak_of(assumed, statement, setting, hypothesis_of):
    where = setting(**LINEAR, assume=tuple(map(hypothesis_of, assumed)))
    assert decide(statement("rho[1] > 2", where), where).outcome == "empty"


@pytest.mark.parametrize(
    "assumed",
    [("f[1] >= 1", "f[1] <= 1"), ("rho[1] == 1", "10**30*(rho[1] - 1) < 1"), ("L < 1/10**30",), ("rho[1]**2 <= 0",)],
)
def test_hypotheses_that_some_points_meet(assumed, statement, setting, hypothesis_of):
    where = setting(**LINEAR, assume=tuple(map(hypothesis_of, assumed)))
    assert decide(statement("rho[1] > 2", where), where).outcome != "empty"


# ---- data from a table


@pytest.fixture
def table(tmp_path, setting):
    def made(*rows, **changes):
        path = tmp_path / "rows.csv"
        path.write_text("a,b,label\n" + "".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
        return setting(**{**SQUARE, "examples": len(rows), "data": str(path), **changes})

    return made


def test_a_table_is_read_in_the_decimals_that_it_is_written_in(table):
    where = table((0.1, 2, 1), (-3, 4, 0.5))
    assert [list(map(str, x)) for x, _ in all_rows(where)] == [["1/10", "2"], ["-3", "4"]]
    assert [str(y) for _, y in rows_of(where.data)] == ["1", "1/2"]


@pytest.mark.parametrize(
    "text",
    ["X @ pinv(X) == eye(N)", "rank(X.T @ X) == 2", "norm(x[1])**2 == 4", "sum(n, y[n]) == 3", "X @ min_norm == Y"],
)
def test_dependent_rows_are_not_in_general_position(text, table, statement):
    where = table((1, 2, 1), (2, 4, 3))
    assert decide(statement(text, where), where).outcome != "proved"


@pytest.mark.parametrize("text", ["x[2] == 2*x[1]", "norm(x[1])**2 == 5", "f[2] == 2*f[1]", "sum(n, y[n]) == 4"])
def test_what_stands_in_a_table_is_known(text, table, statement):
    where = table((1, 2, 1), (2, 4, 3))
    assert decide(statement(text, where), where).outcome == "proved"


def test_an_input_of_a_table_may_be_zero(table, statement):
    where = table((0, 0, 1), (2, 4, 3))
    assert decide(statement("norm(x[n]) > 0", where, n="1..N"), where).outcome != "proved"
    assert decide(statement("rank(outer(x[n], x[n])) == 1", where, n="1..N"), where).outcome != "proved"
