"""Bad claim files: every mistake is told at once, with its line, and nothing else ever comes out."""

import contextlib
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verify.claimfile import ClaimFileErrors, read

GOOD = """format = 1

[paper]
key = "mine"
title = "A paper"

[setting.relu]
network = "relu"
widths = [2, 1]
examples = 3
loss = "exponential"

[[claim]]
id = "one"
text = "A sentence."
setting = "relu"
printed = 'L > 0'
"""


@pytest.fixture
def mistakes(tmp_path):
    """The mistakes of a text or of bytes."""

    def reading(content: str | bytes):
        path = tmp_path / "mine.claims.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ClaimFileErrors) as caught:
            read([path])
        return caught.value.mistakes

    return reading


def only(found, message: str, line: int, path: str = "") -> None:
    assert len(found) == 1, [str(m) for m in found]
    assert message in found[0].message
    assert (found[0].line, path in found[0].path) == (line, True), str(found[0])


# ---- the file itself


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"", "the file is empty", 0),
        (b" \n\n", "the file is empty", 0),
        (b"\x7fELF\x02\x01\x00\xff\xfe", "not a text in UTF-8: byte 0xff", 1),
        (b"format = 1\n\xe9", "not a text in UTF-8: byte 0xe9", 2),
        (b"\x00\x01\x02", "broken TOML", 1),
        ("\ufefform = ", "broken TOML", 1),
        ("format = 1\nkey", "broken TOML: Expected", 2),
        ("format = 1\nformat = 1\n", "broken TOML, column 11", 2),
        ('format = 1\n\na = "\\beta \\pi"', "single quotes", 3),
        ("a = " + "[" * 3000, "nested too deeply", 0),
        ("a = " + "9" * 5000, "broken TOML", 0),
        ("a = 1979-99-99", "broken TOML", 1),
        ("just some prose", "broken TOML", 1),
        ("{}", "broken TOML", 1),
    ],
)
def test_unreadable_files(mistakes, content, message, line):
    only(mistakes(content), message, line)


def test_paths_that_hold_nothing(tmp_path):
    with pytest.raises(ClaimFileErrors, match=r"absent\.claims\.toml: cannot be read: No such file"):
        read([tmp_path / "absent.claims.toml"])
    with pytest.raises(ClaimFileErrors, match=r"no paper\.toml and no \*\.claims\.toml in this folder"):
        read([tmp_path])


def test_a_file_may_be_longer_than_a_claim_file_ever_is(mistakes):
    only(mistakes(b"# \n" * 4_000_000), "longer than 10 MB", 0)


# ---- one mistake each: (what is replaced, by what, message, line, path)

CASES = [
    ("format = 1", "format = 3", "the format is 1, or 2", 1, "format"),
    ("format = 1", "format = true", "the format is 1, or 2", 1, "format"),
    ("format = 1", "", "'format' is required", 1, "format"),
    ("format = 1", 'format = "1"', "the format is 1, or 2", 1, "format"),
    ("format = 1", "format = 1\npapers = 2", "unknown key 'papers'; did you mean 'paper'?; met 2", 2, "papers"),
    ('key = "mine"', "", "'key' is required", 3, "paper"),
    ('key = "mine"', 'key = "a/b"', "a name of letters", 4, "paper.key"),
    ('key = "mine"', "key = 7", "text in quotes is wanted; met 7", 4, "paper.key"),
    ('title = "A paper"', 'titel = "A paper"', "unknown key 'titel'; did you mean 'title'?", 5, "paper.titel"),
    ('network = "relu"', 'network = "rleu"', "did you mean 'relu'?", 8, "setting.relu.network"),
    ('network = "relu"', "", "'network' is required", 7, "setting.relu"),
    ('network = "relu"', 'network = "relu"\nslope = "1/5"', "belongs to network = 'leaky-relu'", 7, "setting.relu"),
    ('network = "relu"', 'netwrok = "relu"', "did you mean 'network'", 8, "setting.relu.netwrok"),
    ("widths = [2, 1]", "widths = [2]", "1 given", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = []", "a list such as", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [0, 1]", "not 0", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [2, -1]", "not -1", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [nan, 1]", "not NaN; met [NaN, 1]", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [2.0, 1]", "not 2.0", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [true, 1]", "not true", 9, "setting.relu.widths"),
    ("widths = [2, 1]", 'widths = ["2", 1]', "not '2'", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [[2, 1], 3]", "not a mixture", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [100000, 1]", "from 1 to 10000", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [2, 9999, 9999, 1]", "100,009,998 weights; at most", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = 2", "a list such as", 9, "setting.relu.widths"),
    ("widths = [2, 1]", "widths = [2, 3]", "labels +-1 need one output", 7, "setting.relu"),
    ("examples = 3", "examples = 0", "at least 1 is wanted; met 0", 10, "setting.relu.examples"),
    ("examples = 3", "examples = nan", "an integer is wanted; met NaN", 10, "setting.relu.examples"),
    ("examples = 3", "examples = inf", "an integer is wanted", 10, "setting.relu.examples"),
    ("examples = 3", "examples = 3.5", "an integer is wanted; met 3.5", 10, "setting.relu.examples"),
    ("examples = 3", 'examples = "3"', "an integer is wanted; met '3'", 10, "setting.relu.examples"),
    ("examples = 3", "examples = 10000000", "at most 1000000", 10, "setting.relu.examples"),
    ("examples = 3", "examples = 3\naverage = 1", "true or false is wanted; met 1", 11, "setting.relu.average"),
    ('loss = "exponential"', 'loss = "exp"', "'exp' is not among", 11, "setting.relu.loss"),
    ('loss = "exponential"', 'loss = "cross-entropy"', "at least two outputs", 7, "setting.relu"),
    ("examples = 3", 'examples = 3\nweight_decay = "x"', "an exact rational", 11, "weight_decay"),
    ("examples = 3", 'examples = 3\nweight_decay = "1/0"', "denominator is 0", 11, "weight_decay"),
    ("examples = 3", "examples = 3\nweight_decay = nan", "an exact rational", 11, "weight_decay"),
    ("examples = 3", "examples = 3\nweight_decay = -1", "not negative", 11, "weight_decay"),
    ("examples = 3", "examples = 3\nweight_decay = 1e99999999", "an exact rational", 11, "weight_decay"),
    ("examples = 3", "examples = 3\nweight_decay = [0, 1]", "2 entries for the 1 layers", 7, "setting.relu"),
    ("examples = 3", 'examples = 3\nflow = "gradeint"', "did you mean 'gradient'?", 11, "setting.relu.flow"),
    ("examples = 3", 'examples = 3\nstart = "zero"', "'zero' is not among", 11, "setting.relu.start"),
    ("examples = 3", 'examples = 3\ndata = "seperable"', "did you mean 'separable'?", 11, "setting.relu.data"),
    ("examples = 3", 'examples = 3\ndata = "no.csv"', "no.csv: cannot be read", 11, "setting.relu.data"),
    ("examples = 3", 'examples = 3\ndata = "/"', "outside the claim file's folder", 11, "setting.relu.data"),
    ("examples = 3", 'examples = 3\ndata = "/dev/zero"', "outside the claim file's folder", 11, "setting.relu.data"),
    ("examples = 3", 'examples = 3\ndata = "\\u0000.csv"', "control character", 11, "setting.relu.data"),
    ("examples = 3", 'examples = 3\ndata = "digits"', "first width is 64", 7, "setting.relu"),
    ("examples = 3", "examples = 3\nassume = 'L < 1'", "a list of formulas", 11, "setting.relu.assume"),
    ("examples = 3", "examples = 3\nassume = ['L <']", "not a formula", 11, "setting.relu.assume[1]"),
    ("examples = 3", "examples = 3\nassume = ['L']", "states nothing", 11, "setting.relu.assume[1]"),
    ("examples = 3", "examples = 3\nassume = ['bounded(L)']", "is about a point", 11, "setting.relu.assume[1]"),
    ('id = "one"', "", "'id' is required", 13, "claim 1"),
    ('id = "one"', 'id = "a b"', "a name of letters", 14, "claim 'a b'.id"),
    ('text = "A sentence."', 'text = ""', "the text is empty", 15, "claim 'one'.text"),
    (
        'setting = "relu"',
        'setting = "rela"',
        "unknown setting 'rela'; did you mean 'relu'?",
        16,
        "claim 'one'.setting",
    ),
    ('setting = "relu"', "setting = []", "the name of a setting", 16, "claim 'one'.setting"),
    ('setting = "relu"', "", "'setting' is required", 13, "claim 'one'"),
    ("printed = 'L > 0'", "", "'printed' is required", 13, "claim 'one'"),
    ("printed = 'L > 0'", "printd = 'L > 0'\nkind = 'definition'", "did you mean 'printed'", 17, "'one'.printd"),
    ("printed = 'L > 0'", "printed = 3", "text in quotes is wanted; met 3", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'roh > 0'", "did you mean 'rho'?", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'rho[k] > 0'", "unknown name 'k'", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'W[1] == L'", "different shapes", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'rho[2] > L'", "there is no layer 2", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'open(1)'", "not a function of the vocabulary", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = '9**9**9 > L'", "power in an exponent", 17, "'one'.printed"),
    ("printed = 'L > 0'", f"printed = '{'L+' * 5000}L > 0'", "10005 characters", 17, "'one'.printed"),
    ("printed = 'L > 0'", f"printed = '{'(' * 500}L{')' * 500} > 0'", "nested brackets", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = '''\nL >\n0 +'''", "not a formula", 18, "'one'.printed"),
    ("printed = 'L > 0'", 'printed = "\\beta > 0"', "control character '\\x08'", 17, "'one'.printed"),
    ("printed = 'L > 0'", 'printed = "L > 0\\nu"', "control character '\\n'", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nlatex = \"\\frac12\"", "single quotes", 18, "'one'.latex"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nwhere = \"\\u202e\"", "control character", 18, "'one'.where"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nfor = { k = '1..K' }", "does not occur", 18, "'one'.for.k"),
    ("printed = 'L > 0'", "printed = 'rho[k] > mu'\nfor = { k = '1..K' }", "'mu'", 17, "'one'.printed"),
    ("printed = 'L > 0'", "printed = 'rho[k] > 0'\nfor = { k = '1:K' }", "written '1..K'", 18, "'one'.for.k"),
    ("printed = 'L > 0'", "printed = 'rho[k] > 0'\nfor = { k = '1..L' }", "ends are made of", 18, "'one'.for.k"),
    ("printed = 'L > 0'", "printed = 'rho[k] > 0'\nfor = { k = '1..j' }", "unknown name 'j'", 18, "'one'.for.k"),
    ("printed = 'L > 0'", "printed = 'rho[k] > 0'\nfor = { k = 3 }", "text in quotes", 18, "'one'.for.k"),
    ("printed = 'L > 0'", "printed = 'rho[K] > d'\nfor = { d = '1..K' }", "named like", 18, "'one'.for.d"),
    (
        "printed = 'L > 0'",
        "printed = 'L > i + j'\nfor = { i = '1..j', j = '1..i' }",
        "in a circle: i -> j",
        18,
        "'one'.for",
    ),
    ("printed = 'L > 0'", "printed = 'L > 0'\nkind = 'lemmma'", "did you mean 'lemma'?", 18, "'one'.kind"),
    ("printed = 'L > 0'", "printed = 'L > 0'\ntopic = 'A topic'", "a name of letters", 18, "'one'.topic"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nat = 'minima'", "did you mean 'minimum'?", 18, "'one'.at"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nafter = 'noon'", "'noon' is not among", 18, "'one'.after"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nafter = 'separation'", "is for statements about traj", 17, "printed"),
    (
        "printed = 'L > 0'",
        "printed = 'bounded(L)'\nat = 'minimum'",
        "is for statements about points",
        17,
        "printed",
    ),
    ("printed = 'L > 0'", "printed = 'L > 0'\nuses = ['tow']", "uses an unknown claim 'tow'", 18, "'one'.uses"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nuses = ['one']", "in a circle: mine/one", 18, "'one'.uses"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nuses = 'two'", "a list is wanted", 18, "'one'.uses"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nassuming = { start = 'small' }", "write corrected", 18, "assuming"),
    (
        "printed = 'L > 0'",
        "printed = 'L > 0'\ncorrected = 'L > 1'\nassuming = { strat = 'small' }",
        "did you mean 'start'?",
        19,
        "'one'.assuming.strat",
    ),
    ("printed = 'L > 0'", "printed = 'L > 0'\nwith = { K = 2 }", "none is named", 18, "'one'.with"),
    ("printed = 'L > 0'", "printed = 'L > 0'\nexperiment = 'os;system'", "'topic.function'", 18, "'one'.experiment"),
    (
        "printed = 'L > 0'",
        "printed = 's > 0'\nexperiment = 'a.b'\nderivation = 'a.b'",
        "has one witness",
        18,
        "'one'.experiment",
    ),
    (
        "printed = 'L > 0'",
        "[[claim.reading]]\ntext='a'\nprinted='roh > 1'",
        "'rho'?",
        19,
        "'one'.reading[1].printed",
    ),
    ("printed = 'L > 0'", "[[claim.reading]]\ntext='a'", "'printed' is required", 17, "'one'.reading[1]"),
]


def test_the_good_file_is_good(tmp_path):
    path = tmp_path / "mine.claims.toml"
    path.write_text(GOOD)
    assert len(read([path]).claims) == 1


@pytest.mark.parametrize(("old", "new", "message", "line", "path"), CASES)
def test_one_mistake_is_told_once_with_its_place(mistakes, old, new, message, line, path):
    assert GOOD.count(old) == 1
    only(mistakes(GOOD.replace(old, new)), message, line, path)


def test_all_mistakes_are_told_at_once(mistakes):
    text = GOOD.replace("[2, 1]", "[2, 0]").replace("'L > 0'", "'roh > 0'").replace("title", "titel")
    text += GOOD[GOOD.index("[[claim]]") :].replace("L > 0", "L >")
    found = mistakes(text)
    assert [m.line for m in found] == sorted(m.line for m in found)
    told = " ".join(m.message for m in found)
    for part in ("did you mean 'title'?", "not 0", "'rho'?", "not a formula", "the id 'one' is taken"):
        assert part in told


CLAIM = GOOD[GOOD.index("[[claim]]") :]
MANY = [  # lines of a claim, and what is told of it: where, and what
    (
        "for = { k = '1..K', j = '1:K' }\nprinted = 'roh[k] > 0'\ncorrected = 'W[1] == L'\nkind = 'law'",
        {"for.j": "written '1..K'", "printed": "'rho'?", "corrected": "different shapes", "kind": "'law' is not"},
    ),
    ("fro = { k = '1..K' }\nprinted = 'rho[k] > 0'\ncorrected = 'L >'", {"fro": "'for'?", "corrected": "not a form"}),
    ("for = 3\nprinted = 'rho[k] > 0'\ncorrected = 'mux(k) > 0'", {"for": "a table", "corrected": "'max'?"}),
    ("for = { k = 3 }\nprinted = 'rho[k] > 0'\ndefect = 1", {"for.k": "text in quotes", "defect": "text in quotes"}),
    ("for = { k = '1..K' }\nprintd = 'rho[k] > 0'\nat = 'noon'", {"printd": "'printed'?", "at": "not among"}),
    ("printed = 7\ncorrected = 'L + 1'", {"printed": "text in quotes", "corrected": "states nothing"}),
    ("knd = 'definition'\nuses = ['tow', 3]", {"knd": "'kind'?", "uses": "claim 'tow'", "uses[2]": "3"}),
    ("experiment = 'a;b'\nprinted = 'slope > 1'\ncorrected = 'x +'", {"experiment": "topic.f", "corrected": "not a"}),
    (
        "setting = ''\nprinted = 'L +'\n[[claim.reading]]\ntext = 1\nprinted = 'open(1)'\ncorrected = 'L < < 1'",
        {
            "setting": "unknown setting",
            "printed": "not a formula",
            "reading[1].text": "text in quotes",
            "reading[1].printed": "not a function",
            "reading[1].corrected": "not a formula",
        },
    ),
    ("printed = 'L > 0'\nassuming = 1\ncorrected = 'rho[9] > q'", {"assuming": "a table", "corrected": "name 'q'"}),
]


@pytest.mark.parametrize(("lines", "told"), MANY)
def test_every_mistake_of_a_claim_is_told_and_none_that_follows_from_another(mistakes, lines, told):
    claim = CLAIM.replace("printed = 'L > 0'\n", "").replace(
        'setting = "relu"', "" if "setting" in lines else 'setting = "relu"'
    )
    found = {m.path.partition("'one'")[2].lstrip("."): m for m in mistakes(GOOD.replace(CLAIM, claim + lines))}
    assert found.keys() == told.keys(), [str(m) for m in found.values()]
    assert [path for path, part in told.items() if part not in found[path].message] == []


@pytest.mark.parametrize(
    ("witness", "message"),
    [
        ("experiment = 'os.system'\nwith = { command = 'id' }", "there is no module 'os' in numerics/"),
        ("derivation = 'norm_grwoth.shared_norm'", "did you mean 'norm_growth'?"),
        ("derivation = 'norm_growth.no_such'", "there is no function 'no_such' in derivations/norm_growth"),
        ("derivation = 'hard_margins.supports_interpolant'\nwith = { hart = 'x' }", "takes signed, hard, not hart"),
        ("derivation = 'hard_margins.supports_interpolant'", "supports_interpolant needs signed, hard in 'with'"),
    ],
)
def test_a_witness_that_is_not_there_is_bad_input(mistakes, witness, message):
    claim = CLAIM.replace("setting = \"relu\"\nprinted = 'L > 0'", f"printed = 'slope > 0'\n{witness}")
    (told,) = mistakes(GOOD.replace(CLAIM, claim))
    assert message in told.message and told.line == 17


def test_a_setting_that_is_wrong_hides_no_mistake_in_formulas(mistakes):
    text = GOOD.replace("[2, 1]", "[2, 0]\nassume = ['L <', 'L < 1']").replace("L > 0", "roh > 0")
    assert [m.line for m in mistakes(text)] == [9, 10, 18]


def test_a_file_that_cannot_be_read_hides_no_mistake_in_the_others(tmp_path):
    (tmp_path / "paper.toml").write_text("format = 1\npaper =")
    (tmp_path / "one.claims.toml").write_text("format = 1\n" + CLAIM.replace("L > 0", "roh > 0"))
    with pytest.raises(ClaimFileErrors) as caught:
        read([tmp_path])
    assert ["'rho'?" in str(m) or "broken TOML" in str(m) for m in caught.value.mistakes] == [True, True]


def test_a_file_without_claims_or_paper(mistakes):
    only(mistakes(GOOD[: GOOD.index("[[claim]]")]), "states no claim", 0)
    only(mistakes(GOOD.replace(GOOD[12 : GOOD.index("[setting")], "")), "[paper] with 'key' and 'title'", 1, "paper")


def test_cycles_of_uses_are_walked_through(mistakes):
    claim = GOOD[GOOD.index("[[claim]]") :]
    chain = "".join(
        claim.replace('"one"', f'"{a}"') + f"uses = ['{b}']\n" for a, b in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    found = mistakes(GOOD + chain)
    assert len(found) == 1 and "in a circle" in found[0].message
    assert all(f"mine/{i}" in found[0].message for i in "abc")


def test_a_file_of_remarks_only(mistakes):
    assert {m.message.split(":")[0] for m in mistakes("# nothing")} == {
        "'format' is required",
        "[paper] with 'key' and 'title' is required",
        "the file states no claim; write a [[claim]]",
    }


def test_two_papers_with_one_key(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.claims.toml").write_text(GOOD)
    with pytest.raises(ClaimFileErrors, match="the key 'mine' is taken"):
        read([tmp_path])


# ---- data


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "points.csv: the file is empty"),
        ("a,b,label\n1,2,1\n1,2\n3,4,-1\n", "points.csv, line 3: 2 cells in this row, 3 in the header"),
        ("a,b,label\n1,two,1\n1,2,1\n3,4,-1\n", "points.csv, line 2: 'two' is not a finite number"),
        ("a,b,label\n1,nan,1\n1,2,1\n3,4,-1\n", "points.csv, line 2: 'nan' is not a finite number"),
        ("a,b,label\n1,2,1\n1,2,0\n3,4,-1\n", "points.csv, line 3: label 0: labels are 1 and -1"),
        ("1,2,1\n1,2,1\n3,4,-1\n", "points.csv, line 1: the first row has numbers only"),
        ("a,b,label\n1,2,1\n", "points.csv: 1 rows of data, but examples = 3"),
        ("a,label\n1,1\n2,1\n3,-1\n", "points.csv, line 1: 2 columns, but widths [2, 1] want 2 inputs"),
        ('a,b,label\n1,"2,1\n', "points.csv: not a CSV file"),
        ("a,b,label\n1,2,\x00\n", "not a"),
    ],
)
def test_bad_data(mistakes, tmp_path, rows, message):
    (tmp_path / "points.csv").write_text(rows)
    found = mistakes(GOOD.replace("examples = 3", 'examples = 3\ndata = "points.csv"'))
    assert message in found[0].message
    assert {(m.line, m.path) for m in found} == {(11, "setting.relu.data")}


@pytest.mark.parametrize("network", ["linear", "relu"])
def test_data_that_one_layer_cannot_separate_are_named(mistakes, tmp_path, network):
    (tmp_path / "points.csv").write_text("a,b,label\n1,0,1\n2,0,-1\n3,0,1\n")
    text = GOOD.replace('network = "relu"', f'network = "{network}"\nstart = "separating"\ndata = "points.csv"')
    (told,) = mistakes(text)
    assert "points.csv is not linearly separable" in str(told)


def test_bad_rows_are_told_up_to_a_few(mistakes, tmp_path):
    (tmp_path / "points.csv").write_text("a,b,label\n" + "1,2\n" * 50)
    found = mistakes(GOOD.replace("examples = 3", 'examples = 3\ndata = "points.csv"'))
    assert len(found) == 6 and any("45 more rows" in m.message for m in found)


def test_classes_are_whole_numbers(mistakes, tmp_path):
    (tmp_path / "points.csv").write_text("a,b,label\n1,2,1\n2,1,3\n1,1,1.5\n")
    text = GOOD.replace("[2, 1]", "[2, 2]").replace("exponential", "cross-entropy")
    found = mistakes(text.replace("examples = 3", 'examples = 3\ndata = "points.csv"'))
    assert ["label 3" in m.message or "label 1.5" in m.message for m in found] == [True, True]


# ---- anything at all

values = st.recursive(
    st.one_of(st.integers(-2, 10**6), st.booleans(), st.text(max_size=12), st.sampled_from(["relu", "L > 0", "nan"])),
    lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(st.sampled_from(["k", "formula", "for"]), v)),
    max_leaves=4,
)
lines = GOOD.splitlines()


def as_toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {as_toml(v)}" for k, v in value.items()) + "}"
    return str(value)


FUZZ = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
KEYS = [
    "network",
    "widths",
    "examples",
    "loss",
    "average",
    "weight_decay",
    "flow",
    "data",
    "start",
    "assume",
    "degree",
    "slope",
    "smooth",
    "id",
    "text",
    "setting",
    "printed",
    "for",
    "uses",
    "corrected",
    "assuming",
    "reading",
    "with",
    "experiment",
    "derivation",
    "format",
    "paper",
    "claim",
    "kind",
    "at",
    "after",
]


@FUZZ
@given(content=st.binary(max_size=200))
def test_bytes_give_nothing_but_told_mistakes(tmp_path, content):
    path = tmp_path / "mine.claims.toml"
    path.write_bytes(content)
    with pytest.raises(ClaimFileErrors):
        read([path])


@FUZZ
@given(place=st.integers(0, len(lines)), key=st.sampled_from(KEYS), value=values, keep=st.booleans())
def test_a_strange_value_gives_nothing_but_told_mistakes(tmp_path, place, key, value, keep):
    text = "\n".join([*lines[:place], f"{key} = {as_toml(value)}", *lines[place + (not keep) :]])
    with contextlib.suppress(UnicodeEncodeError):
        (tmp_path / "mine.claims.toml").write_text(text, encoding="utf-8")
    try:
        read([tmp_path / "mine.claims.toml"])
    except ClaimFileErrors as error:
        assert error.messages and all(m.file.endswith("mine.claims.toml") for m in error.mistakes)
    else:
        tomllib.loads(text)
