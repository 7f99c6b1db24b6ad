"""The page stands alone, escapes what it shows and is equal for equal input."""

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from verify.report import graph, render
from verify.report.html import render_html
from verify.report.model import build


def page_of(sample):
    return render_html(build(sample.results, sample.claims, sample.derivations, sample.papers), (), graph.MISSING)


@pytest.fixture
def page(sample):
    return page_of(sample)


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def test_nothing_is_loaded_from_elsewhere(page):
    elements = Elements(page)
    assert not [attrs for tag in ("img", "link", "iframe", "object", "embed", "base") for attrs in elements.named(tag)]
    assert not [attrs for _, attrs in elements.found if "src" in attrs]
    assert all(a["href"].startswith("#") for a in elements.named("a"))
    assert not re.search(r"url\((?!data:)", page) and "@import" not in page


def test_only_the_two_scripts_of_the_page_may_run(page):
    policy = next(a["content"] for a in Elements(page).named("meta") if a.get("http-equiv"))
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert policy.startswith("default-src 'none';") and len(digests) == 2
    assert re.findall(r"'sha256-([^']+)'", policy) == digests


def test_text_that_means_harm_is_shown_and_does_nothing(page):
    elements = Elements(page)
    assert not [attrs for _, attrs in elements.found if any(name.startswith("on") for name in attrs)]
    assert "<img src=x onerror=alert(1)> </script><script>alert(2)</script>" in "".join(elements.text)
    assert "<img" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not any("javascript" in value for _, attrs in elements.found for value in [attrs.get("href") or ""])


def test_what_nobody_corrects_is_shown_with_its_formula_and_what_violates_it(page):
    section = page[page.index('id="wrong"') : page.index("</section>", page.index('id="wrong"'))]
    row = next(row for row in section.split("<tr>") if ">memo90/flat<" in row)
    assert 'title="nullity(hess(L)) == 0"' in row and '<span class="why">nullity 4</span>' in row
    assert "Where none is known" in section


def test_a_formula_beyond_mathematics_is_shown_as_text(page):
    assert r"<code>x \write18{id} }</code>" in page


def test_every_claim_has_its_place_word_and_sign(page, sample):
    elements = Elements(page)
    cards = {a["id"]: a for a in elements.named("article")}
    assert len(cards) == len(sample.results["claims"])
    for claim in build(sample.results, sample.claims).entries:
        assert cards[claim.anchor]["data-verdict"] == claim.verdict
    links = {a["href"][1:] for a in elements.named("a")}
    assert links <= {attrs["id"] for _, attrs in elements.found if "id" in attrs}, "no link leads nowhere"


def test_equal_input_makes_an_equal_page(page, sample):
    assert page == page_of(sample)


def test_seconds_do_not_enter_the_page(page, sample):
    for claim in sample.results["claims"]:
        for evidence in (claim["printed"] or {}).get("evidence", ()):
            evidence["seconds"] = 99.125
    assert page == page_of(sample)


def test_one_claim_of_one_paper_is_enough():
    results = {"schema": 1, "provenance": {}, "claims": [{"id": "mine/a", "verdict": "holds"}]}
    assert "claim audited" in render_html(build(results, []))


def test_every_report_is_written_and_old_ones_do_not_stay(sample, tmp_path, monkeypatch):
    (tmp_path / "report.pdf").write_bytes(b"old")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    told = []
    written = render(sample.results, sample.claims, tmp_path, sample.derivations, tell=told.append)
    sheets = {p.name for p in written if p.name.startswith("errata-")}
    assert {p.name for p in written} == {"report.html", "report.tex", *sheets} == {p.name for p in tmp_path.iterdir()}
    assert len(told) == 2 and all("apt-get install" in sentence for sentence in told)


def test_a_browser_sets_every_formula(sample, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("needs chromium")
    render(sample.results, sample.claims, tmp_path, sample.derivations, pdf=False, tell=lambda sentence: None)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    options += [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=8000", "--dump-dom"]
    address = (tmp_path / "report.html").as_uri()
    done = subprocess.run([browser, *options, address], capture_output=True, encoding="utf-8", timeout=120)
    if done.returncode:
        pytest.skip(f"the browser does not start here ({done.returncode})")
    wanted = len(re.findall(r'class="tex"', (tmp_path / "report.html").read_text(encoding="utf-8")))
    assert done.stdout.count('data-set=""') == wanted > 40
    assert "katex-error" not in done.stdout.split("<body>")[1].split("<script>")[0]


def test_what_the_filters_hide_is_hidden_whatever_its_layout(page):
    assert "[hidden] { display: none !important; }" in page
