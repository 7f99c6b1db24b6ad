"""The book prints every text as it is, lets no formula act, and needs no LaTeX to be written."""

import re
import shutil
import sys
import time

import pytest

from verify.formula import parse, to_latex
from verify.report import book, formulas
from verify.report.figures import Picture
from verify.report.model import build
from verify.report.strips import strip
from verify.report.texfilter import tex

PICTURE = Picture("absent", 1, "A figure", "100% of λ_k.", "", ("memo90/growth",), "", b"")
PLOT = strip(
    {
        "latex": r"\rho",
        "says": "grows & grows",
        "law": "",
        "logarithmic": False,
        "expected": 1.5,
        "curves": [[[1.0, 10.0, 1000.0], [1.0, 2.0, 3.5]]],
    }
)


@pytest.fixture
def source(sample):
    report = build(sample.results, sample.claims, sample.derivations, sample.papers)
    return book.render_tex(report, [PICTURE], {"memo90/growth": PLOT})


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("100% & {x}_y \\ ~ # $ ^", r"100\% \& \{x\}\_y \textbackslash{} \textasciitilde{} \# \$ \textasciicircum{}"),
        (
            "ρ̇ₖ ≤ ‖W‖²",
            r"\ensuremath{\dot{\rho}}\ensuremath{_{k}} \ensuremath{\le} "
            r"\ensuremath{\|}W\ensuremath{\|}\ensuremath{^{2}}",
        ),
        ("10⁻¹⁶", r"10\ensuremath{^{-16}}"),
        ("Überholt", r"\"{U}berholt"),
        ("naïve é", r"na\"{i}ve \'{e}"),
        ("😀漢", r"\unprinted{1F600}\unprinted{6F22}"),
        ("a\x00\x1bb\nc", "ab c"),
        ("ﬁ", "fi"),
        ("--", "-{}-{}"),
    ],
)
def test_text_is_printed_as_it_is(text, latex):
    assert tex(text) == latex


def test_no_character_acts():
    everything = "".join(map(chr, [*range(0x3000), *range(0x1F300, 0x1F700)]))
    safe = re.sub(r"\\(?:[A-Za-z]+|[^A-Za-z])|\{|\}", "", tex(everything))
    assert safe.isascii() and not set(safe) & set("$%&#\\") - {"$"} and set(re.findall(r"[_^~]", safe)) <= set("_^~")
    assert tex("\\input{x}") == r"\textbackslash{}input\{x\}"


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{b} + \left(x_n^2\right)",
        r"\sum_{n=1}^{N} e^{-y_n}",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"L\text{ is nonincreasing}",
        r"\operatorname{rank} M \; \Big|_{GF}",
        r"\mathbf{1}\{y_n f > 0\}",
        r"a \ b",
    ],
)
def test_mathematics_may_enter_the_book(latex):
    assert formulas.is_safe(latex)


@pytest.mark.parametrize(
    "latex",
    [
        r"\input{x}",
        r"\write18{id}",
        r"\def\a{b}",
        r"\csname input\endcsname",
        r"\begin{document}",
        r"\end{document}",
        "}{",
        "{",
        r"\left( x",
        r"x \right)",
        "a & b",
        r"a \\ b",
        "$",
        "%",
        "#",
        "a^b^c",
        "x_",
        "^^41",
        "ρ",
        r"\text{\input{x}}",
        r"\href{a}{b}",
        r"\begin{pmatrix} 1 \end{bmatrix}",
        r"\loop\iftrue\repeat",
        "x" * 5000,
        r"\begin {verbatim}",
        r"\text {\x}",
    ],
)
def test_anything_else_stays_text(latex):
    assert not formulas.is_safe(latex)
    assert book.formula(latex).startswith(r"\sourceformula{")


@pytest.mark.parametrize(
    "text",
    [
        "nonincreasing(L)",
        "iff(margin > 0, rho > 1)",
        "d_gradient(rho[k]) == 0 and limit(rho) == 1/2",
        "abs(f[1]) != pi",
        "independent_of_start(limit(V[1]))",
        "somewhere(rank(hess(L)) < 3)",
        "distinct(hess(L)) == 2",
        "entry(W[1], 1, 2) == 0",
        "null_projector(X) @ min_norm == zeros_like(svm)",
        "col(W[1], 1) == pinv(X) @ Y",
        "act1(pre(1, 1)) == gate(1, 1)",
    ],
)
def test_whatever_our_printer_prints_may_enter(text):
    assert formulas.is_safe(to_latex(parse(text, indices=["k"])))


@pytest.mark.parametrize(
    ("latex", "pieces"),
    [
        (
            r"\text{many zero eigenvalues and a few positive of}\ \nabla^2L",
            [("many zero eigenvalues and a few positive of", False), (r"\nabla^2L", True)],
        ),
        (r"x^2", []),
        (r"\lim_{\text{a very long index of words}} x", []),
        (r"x^\text{a very long exponent of words}", []),
        (r"\frac\text{a very long fraction of words}2", []),
        (r"\input{x}\text{a very long text that is not safe}", []),
    ],
)
def test_sentences_come_apart(latex, pieces):
    assert formulas.sentence(latex) == pieces


def test_long_brackets_open_so_that_lines_can_break():
    long = "a" * 12 + " + " + "b" * 12
    assert formulas.breakable(rf"\left({long}\right)^2") == rf"\Bigl({long}\Bigr)^2"
    for kept in (
        r"\left(a + b\right)",
        rf"\frac{{\left({long}\right)}}{{2}}",
        rf"\left|{long}\right|",
        rf"\left({'a' * 40}\right)",
    ):
        assert formulas.breakable(kept) == kept


@pytest.mark.parametrize(
    ("latex", "letters"), [("abc", 3), (r"\frac{abc}{d}", 3.3), (r"x_{ab}", 2.3), (r"\left(a\right)", 3)]
)
def test_widths_are_estimated(latex, letters):
    assert formulas.width(latex) == pytest.approx(letters, abs=0.05)


def test_equal_input_makes_an_equal_book(source, sample):
    report = build(sample.results, sample.claims, sample.derivations, sample.papers)
    assert source == book.render_tex(report, [PICTURE], {"memo90/growth": PLOT})


def test_hostile_text_reaches_the_book_escaped(source):
    body = source.split(r"\begin{document}")[1]
    assert r"\textbackslash{}input\{/etc/passwd\}" in body
    for command in (r"\input", r"\write", r"\href", r"\nosuch"):
        assert command not in body


def test_every_claim_is_in_the_book(source, sample):
    for number in range(1, len(sample.results["claims"]) + 1):
        assert rf"\hypertarget{{claim.{number}}}" in source
    assert set(re.findall(r"\\toclaim\{(\d+)\}", source)) <= set(re.findall(r"\\hypertarget\{claim\.(\d+)\}", source))


def test_without_latex_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    pdf, said = book.compile_pdf("x")
    assert pdf is None and "install" in said and said.count(". ") == 0


def test_latex_that_takes_too_long_is_ended(tmp_path):
    start = time.monotonic()
    assert not book._run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, 0.2)
    assert time.monotonic() - start < 10


needs_latex = pytest.mark.skipif(not shutil.which("latexmk"), reason="needs latexmk")


@needs_latex
def test_the_book_is_set_without_complaint_and_equal_for_equal_text(source):
    first, said = book.compile_pdf(source)
    assert first.startswith(b"%PDF") and said == ""
    assert book.compile_pdf(source)[0] == first


@needs_latex
def test_latex_reads_nothing_outside_its_folder(tmp_path):
    (tmp_path / "secret.tex").write_text("secret")
    opening = rf"\openin0={tmp_path}/secret.tex \ifeof0 \message{{! closed}}\else\undefined\fi"
    shell = r"\immediate\write18{touch " + str(tmp_path / "made") + "}"
    pdf, said = book.compile_pdf(rf"\documentclass{{article}}\begin{{document}}x {opening}{shell}\end{{document}}")
    assert pdf and "Undefined" not in said and not (tmp_path / "made").exists()
