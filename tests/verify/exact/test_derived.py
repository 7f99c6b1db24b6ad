"""What a derivation proves, and what it does not: the same statement, under hypotheses that the setting grants."""

import pytest

from derivations.book.library import all_derivations
from verify.auditor.kinds import decide, simulate
from verify.exact.derived import derivation_of

SMALL = "N*L < 1"
SMOOTHED = "d(-log(N*L)/rho) >= 0"


def test_an_inequality_that_a_derivation_ends_in_is_proved(setting, statement, hypothesis_of):
    small = setting(assume=(hypothesis_of(SMALL),))
    result = decide(statement(SMOOTHED, small), small)
    assert (result.outcome, result.scope) == ("proved", "general")
    assert result.detail["derivation"] == "margins.smoothed_margin_gradient"


@pytest.mark.parametrize(
    "text, changes",
    [
        (SMOOTHED, {"assume": ()}),
        (SMOOTHED, {"average": False}),
        (SMOOTHED, {"loss": "logistic"}),
        (SMOOTHED, {"flow": "weight-norm"}),
        ("d(-log(N*L)/rho) > 0", {}),
        ("d(-log(L)/rho) >= 0", {}),
        ("d(margin) >= 0", {}),
    ],
)
def test_no_other_statement_and_no_other_setting(setting, statement, hypothesis_of, text, changes):
    other = setting(**({"assume": (hypothesis_of(SMALL),)} | changes))
    assert derivation_of(statement(text, other), other) is None


def test_each_part_of_a_conjunction_may_have_its_derivation(setting, statement, hypothesis_of):
    small = setting(assume=(hypothesis_of(SMALL),))
    both = statement("d_fixed_rho(-log(N*L)/rho) >= 0 and d_fixed_rho(rho) == 0", small)
    assert decide(both, small).outcome == "proved"


ELSEWHERE = ("conserved", "limit", "asymptotic", "implies", "iff")  # judged elsewhere
POINTWISE = [
    d
    for d in all_derivations()
    if d.conclusion and not any(word in d.conclusion for word in ELSEWHERE) and not {"at", "after"} & set(d.hypotheses)
]


@pytest.mark.parametrize("derivation", POINTWISE, ids=lambda d: d.name)
def test_no_network_contradicts_a_conclusion(setting, statement, hypothesis_of, derivation):
    """The steps are checked one by one; that they end in the conclusion is checked here, by another route."""
    own = _admitting(derivation.hypotheses, setting, hypothesis_of)
    evidence, _ = simulate(statement(derivation.conclusion, own, **derivation.ranges), own, profile="brief", seed=3)
    assert evidence.instances > 0 and evidence.violations == 0, evidence


def _admitting(hypotheses, setting, hypothesis_of):
    """A small setting that grants the hypotheses of a derivation."""
    layers, outputs = hypotheses.get("layers", 2), 3 if hypotheses.get("loss") == "cross-entropy" else 1
    chosen = {"widths": ((4, *(3, 2)[: layers - 1], outputs),)}
    for key, wanted in hypotheses.items():
        if key == "assume":
            chosen |= {key: tuple(map(hypothesis_of, wanted)), "data": "separable", "start": "separating"}
        elif key != "layers":
            chosen[key] = wanted[-1] if isinstance(wanted, tuple) else wanted
    return setting(**chosen)


@pytest.mark.parametrize("text", ["1 > N*L", "L < 1/N", "N*L - 1 < 0", "N*L < 1 and margin > 0"])
def test_hypotheses_may_be_written_in_other_words(setting, statement, hypothesis_of, text):
    small = setting(assume=(hypothesis_of(text),))
    assert derivation_of(statement(SMOOTHED, small), small).name == "margins.smoothed_margin_gradient"


@pytest.mark.parametrize("text", ["N*L <= 1", "L < 1", "N*L > 1", "N*L < 2"])
def test_weaker_hypotheses_do_not_grant_them(setting, statement, hypothesis_of, text):
    weak = setting(assume=(hypothesis_of(text),))
    assert derivation_of(statement(SMOOTHED, weak), weak) is None
