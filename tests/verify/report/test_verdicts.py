"""One table says how a verdict looks, and it can be read without colours."""

import pytest

from verify import verdict
from verify.report import verdicts
from verify.report.verdicts import CLAIMS, LOOKS, STATEMENTS


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_verdict_of_the_judge_has_a_look():
    assert tuple(CLAIMS) == verdict.CLAIM_VERDICTS
    assert tuple(STATEMENTS) == verdict.STATEMENT_VERDICTS


@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.word)
def test_letters_stand_out_from_their_ground(look):
    assert contrast(look.light, "#ffffff") >= 4.5 and contrast(look.light, "#fbfbf9") >= 4.5
    assert contrast(look.dark, "#14171b") >= 4.5


def test_signs_tell_the_verdicts_on_claims_apart():
    assert len({look.sign for look in CLAIMS.values()}) == len(CLAIMS)


def test_a_word_that_is_no_verdict_alarms():
    strange = verdicts.look("<b>")
    assert (strange.word, strange.css) == ("<b>", "v-failed")
