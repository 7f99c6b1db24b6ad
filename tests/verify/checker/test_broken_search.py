"""Side conditions of the search, broken by hand: it then proves something false, and the checker does not accept it."""

import pytest

from verify.auditor.kinds import decide
from verify.checker.proofs import Verdict, check_proof
from verify.evidence import as_json
from verify.exact import certificates, logic, prove, reduction, semidefinite, worlds

K, N, KN = {"k": "1..K"}, {"n": "1..N"}, {"k": "1..K", "n": "1..N"}
CUBES = "rho[k]**6 - 3*rho[k]**2*norm(W[k]@W[k].T)**2 + 2*norm(W[k]@W[k].T@W[k])**2 == 0"  # of rank two


def one_example(monkeypatch):
    monkeypatch.setattr(reduction, "decisive", lambda sums, free: (1,))


def narrow(monkeypatch):
    monkeypatch.setattr(reduction.Bounds, "relation", lambda self, node: 0)


def no_sums_over_layers(monkeypatch):
    monkeypatch.setattr(reduction, "_summed", lambda relation, layers, single: False)


def positive_labels(monkeypatch):
    monkeypatch.setattr(worlds, "sign_patterns", lambda examples: iter([(1,) * examples]))


def every_sign(monkeypatch):
    monkeypatch.setattr(certificates, "is_positive", lambda *given: True)


def every_consequence(monkeypatch):
    monkeypatch.setattr(logic, "_entry_follows", lambda *given: ("zero",))


def every_gram_form(monkeypatch):
    monkeypatch.setattr(semidefinite, "_equal", lambda matrix, gram: True)


def every_zero(monkeypatch):
    monkeypatch.setattr(prove, "check", lambda *given: None)


def no_jumps(monkeypatch):
    monkeypatch.setattr(prove, "continuous", lambda node, setting: "")


BROKEN = [
    (one_example, "rho[k]*sum(n, f[n])**2 == rho[k]*sum(n, f[n]**2)", {}, K),
    (narrow, CUBES, {}, K),
    (no_sums_over_layers, "d(L) == -norm(grad(L, W[k]))**2", {}, K),
    (positive_labels, "f[n] == y[n]*f[n]", {"widths": ((2, 2, 1),), "examples": 2}, N),
    (every_sign, "L > 1", {"widths": ((2, 2, 1),), "examples": 2}, {}),
    (every_consequence, "implies(f[n] == 0, f[n] == 1)", {"widths": ((2, 2, 1),), "examples": 2}, N),
    (every_gram_form, "eigmin(hess(L)) >= 0", {"widths": ((2, 2, 1),), "examples": 2}, {}),
    (every_zero, "dot(W[k], grad(f[n], W[k])) == 2*f[n]", {}, KN),
    (no_jumps, "conserved(gate(1, 1))", {"widths": ((2, 2, 1),), "examples": 2}, {}),
]


@pytest.mark.parametrize(("break_it", "text", "changes", "table"), BROKEN, ids=[b[0].__name__ for b in BROKEN])
def test_what_a_broken_search_proves_is_not_accepted(monkeypatch, statement, setting, break_it, text, changes, table):
    s = statement(text, setting(**changes), **table)
    assert decide(s, s.settings[0]).outcome != "proved"
    break_it(monkeypatch)
    broken = decide(s, s.settings[0])
    assert broken.outcome == "proved"
    assert check_proof(s, s.settings[0], as_json(broken)).verdict in (Verdict.REJECTED, Verdict.UNCOVERED)
