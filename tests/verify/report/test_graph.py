"""The graph shows who uses whom, and its text cannot leave its label."""

import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

from verify.report import graph
from verify.report.model import build


def report_of(sample):
    return build(sample.results, sample.claims)


def test_an_edge_for_each_use_and_no_lonely_claim(sample):
    text = graph.dot(report_of(sample))
    assert '"memo90/euler" -> "memo90/growth";' in text
    assert text.count(" -> ") == sum(len(c["uses"]) for c in sample.results["claims"])
    assert "pnas20/hostile" not in text and 'label="✓ memo90/euler"' in text


def test_labels_cannot_be_left():
    hostile = 'a"] ; x -> y [label="\\N <b>&amp;\n'
    claims = [{"id": "p/" + hostile, "verdict": "holds", "uses": ["p/b"]}, {"id": "p/b", "verdict": "holds"}]
    text = graph.dot(build({"provenance": {}, "claims": claims}, []))
    assert text.count(" -> ") == 1 and "x -&gt; y" in text
    assert r"a\"] ; x" in text and "&lt;b&gt;&amp;amp;" in text and "\\\\N" in text


def test_without_graphviz_one_sentence_says_what_to_install(sample, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert graph.draw(report_of(sample)) == ("", graph.MISSING)


def test_graphviz_that_fails_is_no_failure(sample, monkeypatch):
    def fail(*_, **__):
        raise subprocess.TimeoutExpired("dot", 60)

    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", fail)
    svg, said = graph.draw(report_of(sample))
    assert svg == "" and "TimeoutExpired" in said


def test_no_uses_no_graph():
    results = {"provenance": {}, "claims": [{"id": "p/a", "verdict": "holds"}]}
    assert graph.draw(build(results, [])) == ("", "No claim uses another.")


def test_papers_that_use_each_other_stay_together(sample):
    report = report_of(sample)
    assert graph.by_paper(report, "<svg/>") == [("", "<svg/>")] and graph.by_paper(report, "") == []


@pytest.mark.skipif(not shutil.which("dot"), reason="needs graphviz")
def test_papers_of_their_own_have_graphs_of_their_own():
    claims = [
        {"id": f"{p}/{i}", "verdict": "holds", "uses": [f"{p}/a"] if i == "b" else []} for p in "pq" for i in "ab"
    ]
    report = build({"claims": [*claims, {"id": "r/a", "verdict": "holds"}]}, [])
    found = graph.by_paper(report, graph.draw(report)[0])
    assert [name for name, _ in found] == ["p", "q"]
    assert "q/b" not in found[0][1].replace("node-claim-q", "") and ">✓ b<" in found[0][1]
    assert " id=" in found[0][1] and 'id="edge' not in found[0][1]


@pytest.mark.skipif(not shutil.which("dot"), reason="needs graphviz")
def test_the_drawing_is_one_element_with_links_to_the_claims(sample):
    svg, said = graph.draw(report_of(sample))
    links = [
        e.get("{http://www.w3.org/1999/xlink}href") for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}a")
    ]
    assert said == "" and "#claim-memo90.growth" in links
    assert graph.draw(report_of(sample))[0] == svg
