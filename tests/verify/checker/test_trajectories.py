"""A form along trajectories needs a quantity without jumps, and nothing that the start alone satisfies."""

import pytest

from verify.checker.algebra import Uncovered
from verify.checker.proofs import Verdict, check_proof
from verify.checker.trajectories import require_lipschitz
from verify.formula import parse

ZERO, SIGN = {"decision": "zero normal form"}, {"decision": "certificate of sign"}


def word(statement, detail):
    proof = {"scope": "instances", "detail": detail}
    return check_proof(statement, statement.settings[0], proof).verdict


@pytest.mark.parametrize("text", ["rho[1]**2 - norm(W[2])**2", "L*exp(-f[1])/N", "sum(n, f[n])", "W[1].T @ W[1]"])
def test_quantities_without_jumps(setting, text):
    require_lipschitz(parse(text, ()), setting())


@pytest.mark.parametrize(
    "text",
    [
        "gate(1, 1)",
        "V[1]",
        "sign(f[1])",
        "1/f[1]",
        "grad(L, W[1])",
        "log(abs(f[1]))",
        "W[1]*exp(-log(rho[1]))",
        "f[1]**(1/2)",
        "fV[1]",
        "abs(f[1])**-1",
    ],
)
def test_quantities_that_may_jump(setting, text):
    with pytest.raises(Uncovered):
        require_lipschitz(parse(text, ()), setting())


def test_a_gate_has_rate_zero_and_yet_jumps(statement, setting):
    assert word(statement("d(gate(1, 1)) == zeros_like(gate(1, 1))", setting()), ZERO) == Verdict.ACCEPTED
    assert word(statement("conserved(gate(1, 1))", setting()), ZERO) == Verdict.UNCOVERED


def test_what_holds_at_the_start_need_not_hold_later(statement, setting):
    apart = setting(start="separating")
    assert word(statement("d(rho[1]) >= 0", apart), SIGN) == Verdict.ACCEPTED
    assert word(statement("nondecreasing(rho[1])", apart), SIGN) == Verdict.UNCOVERED
    equal = setting(widths=((3, 2, 1),), start="equal-norms", examples=1)
    assert word(statement("d(f[1])*rho[1] == d(f[1])*rho[2]", equal), ZERO) == Verdict.ACCEPTED
    assert word(statement("conserved(f[1]*(rho[1] - rho[2]))", equal), ZERO) != Verdict.ACCEPTED


def test_directions_do_not_jump_where_the_flow_ends_at_zero(statement, setting):
    assert word(statement("conserved(dot(V[1], V[1]))", setting(flow="constrained")), ZERO) == Verdict.ACCEPTED
    assert word(statement("conserved(dot(V[1], V[1]))", setting()), ZERO) == Verdict.UNCOVERED
