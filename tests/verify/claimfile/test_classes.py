"""Format 2: classes, clauses, hypotheses; and that no file hides a hypothesis in a setting."""

import pytest

from verify.about import Span
from verify.claimfile import ClaimFileErrors, read
from verify.claimfile.classes import typical
from verify.formula import to_text

HEAD = """format = 2
[paper]
key = "mine"
title = "A paper"

[setting.relu]
network = "relu"
widths = [4, 3, 2, 1]
examples = 5
loss = "exponential"

[setting.separating]
network = "relu"
widths = [4, 3, 2, 1]
examples = 5
loss = "exponential"
data = "separable"
start = "separating"

[setting.small-loss]
network = "relu"
widths = [4, 3, 2, 1]
examples = 5
loss = "exponential"
assume = ['N*L < 1']

[about.deep]
network = "relu"
layers = "2.."
examples = "1.."
loss = ["exponential"]
flow = ["gradient"]

[about.trained]
network = ["relu"]
layers = "2.."
examples = "2.."
loss = ["exponential"]
data = ["separable"]
start = ["separating"]
"""
CLAIM = """
[[claim]]
id = "one"
text = "A sentence."
"""


@pytest.fixture
def book(tmp_path):
    def reading(text, head=HEAD):
        path = tmp_path / "mine.claims.toml"
        path.write_text(head + text)
        return read([path])

    return reading


@pytest.fixture
def mistakes(book):
    def told(text, head=HEAD):
        with pytest.raises(ClaimFileErrors) as errors:
            book(text, head)
        return errors.value.messages

    return told


def one(found):
    (claim,) = found.claims
    return claim


def test_a_class_is_read_with_the_defaults_of_a_setting(book):
    claim = one(book(CLAIM + "about = 'deep'\nsetting = 'relu'\nprinted = 'L > 0'\n"))
    about = claim.about
    assert (about.network, about.layers, about.loss) == (("relu",), Span(2), ("exponential",))
    assert (about.data, about.start, about.weight_decay) == (("generic",), ("random",), (0,))
    assert claim.printed.about is about
    assert "flow" in about.named and "data" not in about.named


def test_a_claim_without_settings_gets_those_of_its_class(book):
    claim = one(book(CLAIM + "about = 'deep'\nprinted = 'L > 0'\n"))
    assert {s.examples for s in claim.settings} == {1, 6}
    (depths,) = {tuple(len(w) - 1 for w in s.widths) for s in claim.settings}
    assert set(depths) == {2, 3}
    assert all(any(1 in w[1:-1] for w in s.widths) for s in claim.settings)
    assert any(len({*w, 6}) == len(w) + 1 for w in claim.settings[0].widths)


def test_a_class_may_stand_in_the_claim_and_a_clause_may_change_keys_of_it(book):
    claim = one(
        book(
            CLAIM
            + """
about = { network = ['relu', 'linear'], layers = '1', loss = 'square', outputs = '1..' }
[[claim.clause]]
text = 'One.'
printed = 'L >= 0'
[[claim.clause]]
text = 'Two, of the linear network.'
about = { network = 'linear' }
printed = 'L >= 0'
[[claim.clause]]
text = 'From which something follows.'
remark = true
"""
        )
    )
    first, second, third = claim.clauses
    assert {s.network for s in first.printed.settings} == {"relu", "linear"}
    assert {s.network for s in second.printed.settings} == {"linear"}
    assert second.printed.about.loss == ("square",)
    assert third.remark and third.printed is None
    assert claim.forms == claim.clauses


def test_a_statement_that_names_its_flows_itself_is_asked_in_one(book):
    about = "about = { network = 'relu', loss = 'exponential', flow = ['constrained', 'gradient'] }\n"
    claim = one(book(CLAIM + about + "printed = 'd_gradient(L) <= d_constrained(L)'\n"))
    assert {s.flow for s in claim.settings} == {"constrained", "gradient"}
    assert {s.flow for s in claim.printed.settings} == {"constrained"}
    assert {s.flow for s in one(book(CLAIM + about + "printed = 'd(L) <= 0'\n")).printed.settings} == {
        "constrained",
        "gradient",
    }


def test_hypotheses_are_assumed_and_those_of_trajectories_become_a_premise(book):
    lines = "about = 'deep'\nsetting = 'relu'\nhypotheses = ['N*L < 1', 'converges(V[1])']\nprinted = 'diverges(rho)'\n"
    claim = one(book(CLAIM + lines))
    assert [h.text for s in claim.printed.settings for h in s.assume] == ["N*L < 1"]
    assert to_text(claim.printed.formula) == "implies(converges(V[1]), diverges(rho))"


def test_what_a_clause_takes_for_granted_is_its_own(book):
    claim = one(
        book(
            CLAIM
            + """
about = 'deep'
setting = 'relu'
[[claim.clause]]
text = 'One.'
given = ['L < 1']
printed = 'L > 0'
[[claim.clause]]
text = 'Two.'
for = { k = '1..K' }
printed = 'rho[k] > 0'
"""
        )
    )
    first, second = (c.printed for c in claim.clauses)
    assert [h.text for h in first.settings[0].assume] == ["L < 1"]
    assert second.settings[0].assume == () and [r.index for r in second.ranges] == ["k"]


def test_a_setting_may_assume_what_the_paper_does(book):
    lines = "about = 'deep'\nsetting = 'small-loss'\nhypotheses = ['N*L < 1']\nprinted = 'L > 0'\n"
    assert one(book(CLAIM + lines)).printed.settings[0].assume[0].text == "N*L < 1"
    assert one(book(CLAIM + "about = 'trained'\nsetting = 'separating'\nprinted = 'L > 0'\n")).about.name == "trained"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("about = 'deep'\nsetting = 'small-loss'", "it assumes 'N*L < 1', more than the paper does"),
        ("about = 'deep'\nsetting = 'separating'", "start = 'separating' where the class has random, more than"),
        ("about = 'trained'\nsetting = 'relu'", "data = 'generic' is not of the class, which has separable"),
        ("about = { network = 'linear' }\nsetting = 'relu'", "network = 'relu' is not of the class"),
        ("about = { network = 'relu', layers = '4..' }\nsetting = 'relu'", "has 3 layers; the class has 4.."),
        ("about = { network = 'relu', examples = '9' }\nsetting = 'relu'", "examples = 5; the class has 9"),
        ("about = { network = 'relu', weight_decay = 'any' }\nsetting = 'relu'", "weight_decay = 0 is not of"),
        ("about = 'dep'\nsetting = 'relu'", "unknown class 'dep'; did you mean 'deep'?"),
        ("about = 3\nsetting = 'relu'", "the name of an [about.NAME] is wanted"),
        ("about = { network = 'relu', layers = '2...' }", 'a range such as "2..5" or "2.." is wanted'),
        ("about = { netwrok = 'relu' }", "unknown key 'netwrok'; did you mean 'network'?"),
        ("setting = 'relu'\nhypotheses_words = [{ text = 'smooth', carried_by = 'L > 7' }]", "checked = false"),
        ("setting = 'relu'\nquote = '" + "word " * 26 + "'", "at most 25 words; this one has 26"),
        ("setting = 'relu'\nsame_as = 'two'", "restates an unknown claim 'two'"),
        ("setting = 'relu'\nseverity = 'mild'", "'mild' is not among"),
    ],
)
def test_one_mistake_is_told_with_its_line(mistakes, lines, told):
    messages = mistakes(CLAIM + lines + "\nprinted = 'L > 0'\n")
    assert any(told in m for m in messages)
    assert all(".claims.toml:" in m for m in messages)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("[[claim.clause]]\ntext = 'a'", "a clause without a formula says why under 'open'"),
        ("[[claim.clause]]\ntext = 'a'\nprinted = 'L > 0'\nremark = true", "a remark only says"),
        ("printed = 'L > 0'\n[[claim.clause]]\ntext = 'a'\nprinted = 'L > 0'", "with clauses, 'printed' belongs into"),
        ("[[claim.clause]]\ntext = 'a'\nprinted = 'L > > 0'", "not a formula"),
        ("[[claim.clause]]\ntext = 'a'\nprinted = 'L > 0'\nfor = { k = '1..K' }", "index 'k' does not occur"),
        ("[[claim.clause]]\ntext = 'a'\nprintd = 'L > 0'", "did you mean 'printed'?"),
    ],
)
def test_a_mistake_of_a_clause_is_told(mistakes, lines, told):
    assert any(told in message for message in mistakes(CLAIM + "setting = 'relu'\n" + lines + "\n"))


def test_every_mistake_is_told_at_once(mistakes):
    lines = "about = 'deep'\nsetting = 'small-loss'\nquote = 3\n[[claim.clause]]\ntext = 'a'\nprinted = 'roh > 0'\n"
    told = "\n".join(mistakes(CLAIM + lines))
    assert "text in quotes" in told and "did you mean 'rho'?" in told and "more than the paper does" in told


def test_the_words_of_format_2_want_it(mistakes):
    (message,) = mistakes(CLAIM + "about = 'deep'\nprinted = 'L > 0'\n", HEAD.replace("format = 2", "format = 1"))
    assert "'about' came with format 2: write format = 2" in message


def test_a_class_is_declared_once(tmp_path):
    (tmp_path / "paper.toml").write_text(HEAD)
    again = "format = 2\n[about.deep]\nnetwork = 'relu'\n"
    (tmp_path / "a.claims.toml").write_text(f"{again}{CLAIM}setting = 'relu'\nprinted = 'L > 0'\n")
    with pytest.raises(ClaimFileErrors, match=r"class 'deep' is declared twice; first in paper\.toml"):
        read([tmp_path])


def test_settings_of_a_flow_that_no_setting_has_are_not_made(book):
    claim = one(
        book(CLAIM + "about = { network = 'relu', loss = 'exponential', flow = 'linearised' }\nprinted = 'L > 0'\n")
    )
    assert claim.printed.settings == () and not list(typical(claim.about))


def test_nonseparable_data_have_several_examples(book):
    about = "{ network = 'linear', layers = '1', loss = 'exponential', data = 'nonseparable' }"
    claim = one(book(CLAIM + f"about = {about}\nprinted = 'L > 0'\n"))
    assert {s.examples for s in claim.settings} == {6}


def test_a_correction_under_more_speaks_of_the_smaller_class(book):
    lines = (
        "about = 'deep'\nsetting = 'relu'\nprinted = 'L > 1'\ncorrected = 'L > 0'\nassuming = { network = 'linear' }\n"
    )
    claim = one(book(CLAIM + lines))
    assert claim.printed.about.network == ("relu",) and claim.corrected.about.network == ("linear",)
    assert claim.corrected.settings[0].network == "linear"
