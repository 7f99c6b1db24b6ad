"""Claim files to claims: what a good file means."""

import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from verify.claim import TOPICS, Paper
from verify.claimfile import ClaimFileErrors, read
from verify.claimfile.locate import Locator
from verify.formula import parse, to_text

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "../shared/examples/first.claims.toml"
PAPERS = ROOT / "verify/papers"

HEAD = """format = 1
[paper]
key = "mine"
title = "A paper"
"""
RELU = """
[setting.relu]
network = "relu"
widths = [4, 3, 2, 1]
examples = 5
loss = "exponential"
"""
CLAIM = """
[[claim]]
id = "one"
text = "A sentence."
setting = "relu"
printed = 'L > 0'
"""


@pytest.fixture
def book(tmp_path):
    """Reads a text as one claim file."""

    def reading(text: str, head: str = HEAD + RELU, **keywords):
        path = tmp_path / "mine.claims.toml"
        path.write_text(head + text)
        return read([path], **keywords)

    return reading


def test_the_smallest_file(book):
    found = book(CLAIM)
    (claim,) = found.claims
    assert found.papers == (Paper("mine", "A paper"),)
    assert (claim.id, claim.paper, claim.kind, claim.text) == ("mine/one", "mine", "equation", "A sentence.")
    assert claim.source.endswith("mine.claims.toml:12")
    assert found.by_id["mine/one"] is claim
    assert claim.printed.formula == parse("L > 0")
    assert claim.printed.settings == claim.settings == (found.settings["mine/relu"],)


def test_defaults_of_a_setting(book):
    s = book(CLAIM).settings["mine/relu"]
    assert (s.widths, s.examples, s.average, s.weight_decay) == (((4, 3, 2, 1),), 5, True, Fraction(0))
    assert (s.flow, s.data, s.start, s.assume) == ("gradient", "generic", "random", ())
    assert (s.degree, s.slope, s.smooth, s.output_activation) == (2, Fraction(1, 10), "softplus", False)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0", Fraction(0)),
        ("2", Fraction(2)),
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        ('"1/10"', Fraction(1, 10)),
        ('"0.25"', Fraction(1, 4)),
        ('"any"', "any"),
        ('["1/2", 0, "any"]', (Fraction(1, 2), Fraction(0), "any")),
    ],
)
def test_weight_decay_is_exact(book, written, meant):
    assert book(CLAIM, HEAD + RELU + f"weight_decay = {written}\n").claims[0].settings[0].weight_decay == meant


def test_several_widths_and_several_settings(book):
    more = RELU.replace("setting.relu", "setting.line").replace("[4, 3, 2, 1]", "[[4, 1], [3, 1]]")
    found = book(CLAIM.replace('"relu"', '["relu", "line"]'), HEAD + RELU + more)
    assert [s.name for s in found.claims[0].settings] == ["relu", "line"]
    assert found.settings["mine/line"].widths == ((4, 1), (3, 1))


def test_ranges_are_ordered_by_dependence(book):
    claim = CLAIM.replace("'L > 0'", "'norm(row(W[k], i)) >= 0'")
    (found,) = book(claim + "for = { i = '1..rows(W[k])', k = '1..K-1' }").claims
    assert [(r.index, to_text(r.low), to_text(r.high)) for r in found.printed.ranges] == [
        ("k", "1", "K - 1"),
        ("i", "1", "rows(W[k])"),
    ]


def test_each_form_takes_the_indices_that_it_needs(book):
    claim = CLAIM.replace("'L > 0'", "'d(rho[j]) == d(rho[k])'")
    (found,) = book(claim + "corrected = 'd(rho[k]) == 1'\nfor = { j = '1..K', k = '1..K' }").claims
    assert [r.index for r in found.printed.ranges] == ["j", "k"]
    assert [r.index for r in found.corrected.ranges] == ["k"]


def test_assumptions_of_a_setting(book):
    head = HEAD + RELU + "assume = ['N*L < 1', { formula = 'y[n]*f[n] > 0', for = { n = '1..N' } }]\n"
    one, each = book(CLAIM, head).claims[0].settings[0].assume
    assert (one.text, one.ranges) == ("N*L < 1", ())
    assert each.formula == parse("y[n]*f[n] > 0", indices="n") and each.ranges[0].index == "n"


def test_corrected_under_further_assumptions(book):
    (claim,) = book(
        CLAIM
        + """corrected = 'diverges(rho)'
assuming = { assume = ['N*L < 1'], start = "separating", weight_decay = "1/10" }
""".replace("diverges(rho)", "L > 1")
    ).claims
    (before,), (after,) = claim.printed.settings, claim.corrected.settings
    assert before.name == "relu" and before.assume == ()
    assert after.name == "relu+assuming"
    assert (after.start, after.weight_decay) == ("separating", Fraction(1, 10))
    assert [h.text for h in after.assume] == ["N*L < 1"]
    assert claim.assuming == ("N*L < 1", "start = separating", "weight_decay = 1/10")


def test_assuming_adds_to_the_assumptions_of_the_setting(book):
    head = HEAD + RELU + "assume = ['rho > 1']\n"
    (claim,) = book(CLAIM + "corrected = 'L > 1'\nassuming = { assume = ['rho > 2'] }\n", head).claims
    assert {h.text for h in claim.corrected.settings[0].assume} == {"rho > 1", "rho > 2"}


def test_readings_stand_in_place_of_printed(book):
    readings = """
[[claim.reading]]
text = "at every time"
printed = 'nonincreasing(L)'
[[claim.reading]]
text = "in the end"
printed = 'limit(L) == 1'
corrected = 'limit(L) == 0'
assuming = { data = "separable" }
"""
    (claim,) = book(CLAIM.replace("printed = 'L > 0'\n", "") + readings).claims
    assert claim.printed is None
    first, second = claim.readings
    assert (first.text, first.corrected) == ("at every time", None)
    assert second.corrected.settings[0].data == "separable"
    assert second.assuming == ("data = separable",)


@pytest.fixture
def any_witness(monkeypatch):
    """Witnesses of every name exist."""
    monkeypatch.setattr("verify.claimfile.keys.complaint", lambda *_: "")


def test_an_experiment_brings_its_own_names(book, any_witness):
    (claim,) = book(
        """
[[claim]]
id = "slope"
text = "The line has slope one."
experiment = 'real_data.line'
with = { K = 2, tolerance = 0.5 }
printed = 'slope > 4/5 and slope < 6/5'
"""
    ).claims
    assert (claim.witness.kind, claim.witness.name) == ("experiment", "real_data.line")
    assert dict(claim.witness.arguments) == {"K": 2, "tolerance": 0.5}
    assert claim.printed.settings == ()


def test_a_derivation_may_prove_a_statement_about_its_setting(book):
    proof = CLAIM + "derivation = 'structural_lemma.euler_identity'\n"
    about_setting = proof.replace("'L > 0'", "'sum(n, y[n]*f[n]) == L'")
    about_quantities = proof.replace("'L > 0'", "'ratio == 1'").replace('"one"', '"two"')
    first, second = book(about_setting + about_quantities).claims
    assert to_text(first.printed.formula) == "sum(n, y[n]*f[n]) == L"
    assert to_text(second.printed.formula) == "ratio == 1"


def test_a_definition_needs_no_formula(book):
    (claim,) = book(CLAIM.replace("printed = 'L > 0'", 'kind = "definition"')).claims
    assert claim.printed is None and claim.settings


def test_uses_take_the_key_of_the_paper(book):
    second = CLAIM.replace('"one"', '"two"') + 'uses = ["one"]\n'
    third = CLAIM.replace('"one"', '"three"') + 'uses = ["mine/two"]\n'
    found = book(third + second + CLAIM)
    assert [c.id for c in found.claims] == ["mine/three", "mine/two", "mine/one"]  # page order
    assert [c.uses for c in found.claims] == [("mine/two",), ("mine/one",), ()]
    assert [c.id for c in found.ordered()] == ["mine/one", "mine/two", "mine/three"]


def test_the_digest_is_of_the_claim_and_its_setting(book):
    digest = book(CLAIM).claims[0].digest
    assert len(digest) == 64
    assert book(CLAIM).claims[0].digest == digest
    assert book("\n# a remark\n" + CLAIM + CLAIM.replace('"one"', '"two"')).claims[0].digest == digest
    assert book(CLAIM.replace("L > 0", "L > 1")).claims[0].digest != digest
    assert book(CLAIM, HEAD + RELU.replace("5", "6")).claims[0].digest != digest


def test_an_outline_has_no_statements(book):
    (claim,) = book(CLAIM, formulas=False).claims
    assert claim.printed is None and claim.text == "A sentence." and claim.digest == book(CLAIM).claims[0].digest


# ---- data


def data_file(tmp_path, rows: str) -> None:
    (tmp_path / "points.csv").write_text("a,b,label\n" + rows)


LINE = """
[setting.relu]
network = "linear"
widths = [2, 1]
examples = 3
loss = "exponential"
data = "points.csv"
start = "separating"
"""


def test_data_lies_beside_the_claim_file(book, tmp_path):
    data_file(tmp_path, "1,2,1\n2,1,1\n-1,-1,-1\n")
    found = book(CLAIM, HEAD + LINE).claims[0]
    assert found.settings[0].data == str((tmp_path / "points.csv").resolve())
    data_file(tmp_path, "1,2,1\n2,1,1\n-1,-2,-1\n")
    assert book(CLAIM, HEAD + LINE).claims[0].digest != found.digest


def test_data_that_nothing_separates_is_named(book, tmp_path):
    data_file(tmp_path, "1,0,1\n2,0,-1\n0,1,1\n")
    with pytest.raises(ClaimFileErrors, match=r"points\.csv is not linearly separable, but start = 'separating'"):
        book(CLAIM, HEAD + LINE)
    assert book(CLAIM, HEAD + LINE.replace("separating", "random")).claims
    assert book(CLAIM, HEAD + LINE.replace("= 3", "= 2")).claims  # two of the three rows may be separable


# ---- folders


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "paper.toml").write_text(HEAD + RELU)
    for number in (2, 10, 1):
        text = "format = 1\n" + CLAIM.replace('"one"', f'"s{number}"')
        (folder / f"sec{number}.claims.toml").write_text(text + ('uses = ["s1"]\n' if number == 2 else ""))
    return folder


def test_a_folder_is_one_paper_in_page_order(folder):
    found = read([folder])
    assert [c.id for c in found.claims] == ["mine/s1", "mine/s2", "mine/s10"]
    assert len(found.papers) == 1


def test_a_section_is_read_with_its_paper(folder):
    found = read([folder / "sec2.claims.toml"])
    assert [c.id for c in found.claims] == ["mine/s2"]
    assert set(found.by_id) == {"mine/s1", "mine/s2", "mine/s10"}
    assert [c.id for c in found.ordered()] == ["mine/s2"]


def test_sections_of_one_paper_come_together_however_they_are_spelt(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    found = read([Path("paper/sec1.claims.toml"), folder / "sec2.claims.toml"])
    assert [c.id for c in found.claims] == ["mine/s1", "mine/s2"]


def test_a_folder_of_papers_and_a_paper_named_twice(folder):
    assert len(read([folder.parent]).claims) == 3
    assert len(read([folder, folder / "sec1.claims.toml", folder.parent]).claims) == 3


def test_ids_are_unique_across_a_folder(folder):
    (folder / "sec3.claims.toml").write_text("format = 1\n" + CLAIM.replace('"one"', '"s1"'))
    told = r"sec3\.claims\.toml:4: claim 's1'\.id: the id 's1' is taken: sec1\.claims\.toml, line 4"
    with pytest.raises(ClaimFileErrors, match=told):
        read([folder])


# ---- lines


LOCATED = """a = 1
[t.u]
b = '''
c = 2
'''
[[x]]
d = 1
[[x]]
d = [
  'p',
  'q',
]
[x.y]
"e" = 1
[[x.z]]
f=1
"""


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (("a",), None, 1),
        (("t", "u", "b"), None, 3),
        (("x", 0, "d"), None, 7),
        (("x", 1, "d"), None, 9),
        (("x", 1, "d", 1), "q", 11),
        (("x", 1, "y", "e"), None, 14),
        (("x", 1, "z", 0, "f"), None, 16),
        (("x", 1, "absent"), None, 8),
        (("absent",), None, 1),
    ],
)
def test_lines_of_keys(place, value, line):
    assert Locator(LOCATED).line(place, value) == line


TRICKY = r"""
"a.b".'c d' = [1979-05-27 07:32:00, 1e9] # x = 1
u = [ {k = '1..K', s = "]}#\""}, # no, not this: '
  [['p'], ["q\\"],], { } ]
w = {x.y = true, z = {v = 'three'}}
v = '''
a = 'b' ''' # end
[[t]]
s = 1
[t.u]
s.t = "" # "
"""


def leaves(value, place=()):
    yield place, value
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from leaves(item, (*place, key))


@pytest.mark.parametrize("text", [TRICKY, *(f.read_text() for f in sorted(PAPERS.glob("*/*.toml")))])
def test_every_value_is_found_where_it_is_written(text):
    locator, found = Locator(text), 0
    for place, value in leaves(tomllib.loads(text)):
        if section := locator.section(place):
            assert tomllib.loads(f"v = {section}")["v"] == value
            assert str(place[-1]) in text.splitlines()[locator.line(place) - 1] or isinstance(place[-1], int)
            found += 1
        else:
            assert isinstance(value, dict | list), place  # of headers, or of dotted keys
    assert found > 10


# ---- what ships


def test_the_example_reads():
    if not EXAMPLE.exists():
        pytest.skip("the example file is not beside this checkout")
    assert len(read([EXAMPLE]).claims) == 6


@pytest.mark.parametrize("key", ["memo90", "pnas20"])
def test_the_shipped_papers_read(key):
    found = read([PAPERS / key])
    assert [p.key for p in found.papers] == [key]
    assert {c.topic for c in found.claims} <= set(TOPICS)


# settings whose sizes coincide, and why no wrong factor can hide there
FREE_OF_SIZES = {
    "memo90/one-dimension": "Eqs. (62) and (63) are about one weight and two examples, and name both examples",
    "memo90/one-example-one-layer": "Sec. 14's case K = N = 1; the general one is judged beside it",
    "memo90/two-layer-relu-two-examples": "limits of directions; no size occurs; more examples settle too late",
    "memo90/relu-square-many-outputs": "a nullity of 1 or 2 at least; no size occurs; wider ones cost minutes",
    "memo90/smooth-square-overparametrised": "the same for smooth networks",
    "pnas20/relu-wide": "whether limits differ between starts; no size occurs; few inputs let units take over",
}


@pytest.mark.parametrize("key", ["memo90", "pnas20"])
def test_shipped_settings_keep_their_sizes_apart(key):
    """Where N, K and the widths coincide, a wrong factor goes unseen; an output of width 1 is free to."""
    settings = read([PAPERS / key], shapes=False).settings.values()
    coinciding = {f"{key}/{s.name}" for s in settings if any(not apart(s, w) for w in s.widths)}
    assert coinciding == {name for name in FREE_OF_SIZES if name.startswith(key)}


def apart(setting, widths):
    """Whether N, K and the widths are pairwise different."""
    inner = widths if widths[-1] > 1 else widths[:-1]
    sizes = [*inner, setting.examples, len(widths) - 1]
    return len(sizes) == len(set(sizes))


def test_reading_loads_no_algebra():
    code = (
        "import sys; from pathlib import Path; from verify.claimfile import read; read([Path(sys.argv[1])]);"
        "print(sorted({'torch','sympy','flint','numpy','scipy','derivations','numerics'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(PAPERS)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
