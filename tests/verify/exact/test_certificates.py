"""Signs as sums of positive products: strict, weak, and none."""

import pytest

from verify.auditor.kinds import decide

ONE = {"network": "linear", "widths": ((2, 1),), "examples": 2}


def _outcome(text, statement, setting, **changes):
    table = {"n": "1..N"} if "[n]" in text.replace("sum(n", "") and "sum(n" not in text else {}
    where = setting(**ONE | changes)
    return decide(statement(text, where, **table), where).outcome


@pytest.mark.parametrize(
    "text",
    [
        "f[n]**2 >= 0",
        "exp(f[n]) > 0",
        "L > 0",
        "norm(x[n]) >= 0",
        "f[n]**2 + exp(f[n]) > 0",
        "dot(x[n],V[1])**2 >= 0",
        "exp(f[n])/rho[1] > 0",
        "sum(n, exp(-y[n]*f[n])) > 0",
    ],
)
def test_certain_signs(text, statement, setting):
    assert _outcome(text, statement, setting) == "proved"


@pytest.mark.parametrize(
    "text",
    [
        "f[n]**2 > 0",
        "f[n] >= 0",
        "norm(f[n]*x[n]) > 0",
        "f[n]**2 - exp(f[n]) >= 0",
        "rho[1] > 0",
        "rho[1]*L > 0",
        "f[n]**3 >= 0",
        "1/f[n] > 0",
        "sqrt(f[n]**2) > 0",
        "L > 1",
    ],
)
def test_uncertain_signs(text, statement, setting):
    assert _outcome(text, statement, setting) != "proved"


def test_separation_is_a_hypothesis_about_points_only(statement, setting):
    assert _outcome("y[n]*f[n] > 0", statement, setting, start="separating") == "proved"
    assert _outcome("d(rho[1]) > 0", statement, setting, start="separating") == "proved"
    assert _outcome("d(rho[1]) > 0", statement, setting) != "proved"
    assert _outcome("nondecreasing(rho[1])", statement, setting, start="separating") != "proved"


@pytest.mark.parametrize("flow", ["gradient", "constrained", "fixed-rho", "weight-norm"])
def test_descent_in_every_flow(flow, statement, setting):
    where = setting(flow=flow)
    assert decide(statement("nonincreasing(L)", where), where).outcome == "proved"


@pytest.mark.parametrize("network", ["linear", "relu", "power"])
@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("margin > 0", {}),
        ("min(n, y[n]*f[n]) > 0", {}),
        ("0 < min(n, y[n]*fV[n])", {}),
        ("y[n]*f[n] > 0", {"n": "1..N"}),
    ],
)
def test_hypotheses_that_separate_prove_what_the_start_proves(text, table, network, statement, setting, hypothesis_of):
    small = {"network": network, "widths": ((3, 2, 1),), "examples": 2}
    by_start, by_words = setting(**small, start="separating"), setting(**small, assume=(hypothesis_of(text, **table),))
    for asked in ("d(rho[1]) > 0", "d(rho) > 0"):
        first, second = (decide(statement(asked, where), where) for where in (by_start, by_words))
        assert (first.outcome, first.scope) == (second.outcome, second.scope)
        assert first.outcome == "proved"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("margin >= 0", {}),
        ("max(n, y[n]*f[n]) > 0", {}),
        ("y[n]*f[n] > 0", {"n": "1..N-1"}),
        ("y[n]*f[1] > 0", {"n": "1..N"}),
    ],
)
def test_hypotheses_that_look_alike_do_not(text, table, statement, setting, hypothesis_of):
    where = setting(**ONE, assume=(hypothesis_of(text, **table),))
    assert decide(statement("d(rho[1]) > 0", where), where).outcome != "proved"


def test_classes_are_separated_by_every_gap(statement, setting):
    """f_y - f_c > 0 for each class c: the minimum over three classes, which has no form in letters, is not met."""
    where = setting(network="linear", widths=((3, 3),), examples=2, loss="cross-entropy", start="separating")
    assert decide(statement("d(rho[1]) <= 0", where), where).message.startswith("no certificate for the sign")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("d(L) <= 0", True),
        ("d(-log(N*L)) >= 0", True),
        ("d(rho) >= 0", False),
        ("d(norm(W[1])) >= 0", False),
        ("rho >= 0", False),
        ("d(sum(n, exp(-y[n]*f[n]))) <= 0", True),
    ],
)
def test_descent_is_looked_for_in_rates_of_losses(text, said):
    from verify.exact.certificates import is_rate_of_loss
    from verify.formula import parse
    from verify.formula.nodes import walk

    assert any(map(is_rate_of_loss, walk(parse(text)))) is said
