"""Counts of what a term carries, what its indices name, how sums over layers enter."""

import pytest

from verify.exact.analysis import layer_sums, layer_variables, names_next_layer
from verify.exact.continuity import continuous
from verify.exact.counts import Bounds, NotReducible
from verify.exact.reduction import enough_examples, reducible
from verify.exact.roles import EXAMPLE, LAYER, PLACE, asymmetry, roles
from verify.formula import parse


def _count(what, text, setting, **changes):
    return Bounds(what, setting(**changes)).relation(parse(f"{text} == 0", ["k", "j", "n", "m", "i"]))


@pytest.mark.parametrize(
    ("text", "pairs", "sums"),
    [
        ("f[n]", 1, 0),
        ("rho[k]", 0, 0),
        ("W[k]@W[k].T", 2, 0),
        ("L", 1, 1),
        ("grad(L,W[k])", 1, 1),
        ("hess(L,W[k],W[k])", 2, 1),
        ("d(f[n])", 1, 1),
        ("d(rho[k]**2)", 0, 1),
        ("d(L)", 1, 2),
        ("sum(l,f[l])**3", 3, 3),
        ("norm(W[k]@W[k].T@W[k])**2", 6, 0),
        ("sqrt(dot(W[k],W[k]))**3", 3, 0),
        ("L**(1+1)", 1, 2),
        ("1/L", 1, 1),
    ],
)
def test_counts(text, pairs, sums, setting):
    assert _count("pairs", text, setting) >= pairs
    assert _count("sums", text, setting) >= sums


@pytest.mark.parametrize(
    "text", ["log(L)", "exp(sum(l,f[l]))", "norm(sum(l,grad(f[l],W[k])))", "prod(l,f[l])", "L**(1/2)", "abs(L)", "L**N"]
)
def test_sums_inside_functions_have_no_count(text, setting):
    with pytest.raises(NotReducible):
        _count("sums", text, setting)


def test_what_stands_inside_an_exponential_needs_width_too(setting):
    assert _count("pairs", "exp(norm(W[k]@W[k].T)**2)", setting) == 4


def test_sizes(setting):
    assert _count("sizes", "tr(hess(L,W[k],W[k]))", setting) == 2
    assert _count("sizes", "rows(W[k])*rho[k]", setting) == 1
    assert _count("sizes", "dot(eye(3),eye(3))", setting) == 2
    assert _count("sizes", "dot(W[k],W[k])", setting) == 0


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("sum(k,rho[k])", 1),
        ("d(f[n])", 1),
        ("d(rho[k])", 0),
        ("d(d(rho[k]))", 1),
        ("sum(k,2,K,rho[k])", None),
        ("sum(k,rho[k])**2", 2),
        ("d(L)**(-1)", None),
        ("d(L)+rho[j]", None),
        ("f[n]*d(L)", 1),
        ("sum(i,1,2*K,f[n])", None),
    ],
)
def test_degree_in_sums_over_layers(text, degree):
    assert layer_sums(parse(f"{text} == 0", ["k", "j", "n"] if "sum(k" not in text else ["n"]).left) == degree


def test_layers_are_named_by_bare_indices():
    assert layer_variables(parse("W[k] == W[k]", ["k"])) == {"k"}
    assert layer_variables(parse("W[1] == W[1]")) is None
    assert layer_variables(parse("rho[K] == rho[K]")) is None
    assert names_next_layer(parse("rho[k+1] == rho[k]", ["k"]))


def test_roles_of_indices(statement, setting):
    s = statement("k*rho[k]*f[n]*entry(W[k],i,1) == 0", setting(), k="1..K", n="1..N", i="1..rows(W[k])")
    met = roles(s.formula, s.ranges)
    assert met == {"k": {LAYER, "number"}, "n": {EXAMPLE}, "i": {PLACE}}
    assert "more than an index" in asymmetry(s.formula, s.ranges, PLACE)
    assert asymmetry(s.formula, s.ranges, EXAMPLE) == ""


@pytest.mark.parametrize(
    ("text", "table", "words"),
    [
        ("rho[1] == rho[1]", {}, "by number"),
        ("k*rho[k] == rho[k]", {"k": "1..K"}, "calculated with"),
        ("rho[k]*f[1] == 0", {"k": "1..K"}, "more than an index"),
        ("L == L", {}, "no layer is named"),
        ("margin*rho[k] == 0", {"k": "1..K"}, "one architecture"),
        ("rho[k]*log(L) == 0", {"k": "1..K"}, "inside"),
        ("sum(k,2,K,rho[k]) == 0", {}, "part of a range"),
        ("rho[k] == 0", {"k": "2..K"}, "all layers"),
        ("rho[i]*rho[j]*rho[k] == 0", {"i": "1..K", "j": "1..K", "k": "1..K"}, "more layers"),
    ],
)
def test_reasons_against_a_reduction(text, table, words, statement, setting):
    s = statement(text, setting(), **table)
    assert words in str(reducible(s.formula, s.ranges, setting(), 3))


def test_numbers_of_examples_that_decide(statement, setting):
    s = statement("rho[k]*sum(n,f[n])*f[m] == 0", setting(), k="1..K", m="1..N")
    assert reducible(s.formula, s.ranges, setting(), 3).examples == (2, 3)


@pytest.mark.parametrize(
    "text",
    ["f[1] == 0", "min(n,f[n]) == 0", "margin == 0", "log(L) == 0", "f[N] == 0", "sum(n,2,N,f[n]) == 0", "L <= 0"],
)
def test_the_settings_own_number_of_examples(text, statement, setting):
    s = statement(text, setting())
    assert enough_examples(s.formula, s.ranges, setting()) == (5,)


def test_what_jumps_along_trajectories(setting):
    def reason(text, **changes):
        return continuous(parse(f"{text} == 0", ["k", "n"]).left, setting(**changes))

    assert reason("gate(1,n)") and reason("sign(f[n])") and reason("f[n]/f[1]") and reason("grad(f[n],W[1])")
    assert not reason("abs(f[n])") and not reason("grad(f[n],W[1])", network="linear")
    assert reason("grad(abs(f[n]),W[1])", network="linear") and reason("d(margin)", network="linear")


def test_directions_jump_where_a_layer_passes_through_zero(setting):
    """A loss below its value at output 0 keeps layers from 0, as long as there is no decay; other flows end there."""
    for text in ("f[n]/rho[k]**2", "rho[k]**(-1)", "fV[n]", "margin", "norm(V[k])"):
        left = parse(f"{text} == 0", ["k", "n"]).left
        apart = {"start": "separating"}
        settings = ({}, apart, apart | {"weight_decay": 1}, {"flow": "constrained"})
        met = [bool(continuous(left, setting(**changes))) for changes in settings]
        assert met == [True, False, True, False]
