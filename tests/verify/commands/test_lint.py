"""`verify lint`, and what it says of the shipped papers."""

import json

from click.testing import CliRunner

from verify.commands.lint import lint
from verify.listing import paper_folders


def test_a_file_without_a_smell_passes(claim_file):
    result = CliRunner().invoke(lint, [str(claim_file("growth"))])
    assert result.exit_code == 0 and "1 claims, 0 smells" in result.output


def test_a_smell_is_told_with_its_place(claim_file):
    twin = "[[claim]]\nid = 'again'\ntext = 'Again.'\nsetting = 'net'\nprinted = 'd(rho[1]) == d(rho[2])'\n"
    path = claim_file(text=twin + twin.replace("again", "more"))
    result = CliRunner().invoke(lint, [str(path)])
    assert result.exit_code == 1
    assert f"{path}:" in result.output and "write same_as [twin]" in result.output
    told = json.loads(CliRunner().invoke(lint, [str(path), "--json"]).output)
    assert [(s["claim"], s["kind"]) for s in told] == [("mine/more", "twin")]


def test_the_shipped_papers_are_looked_at():
    result = CliRunner().invoke(lint, [str(p) for p in paper_folders()])
    assert result.exit_code in (0, 1)
    assert "496 claims" in result.output
    kinds = {line.rpartition("[")[2].rstrip("]") for line in result.output.splitlines() if line.endswith("]")}
    assert kinds <= {"object", "tautology", "definition", "weaker", "unsaid", "narrow", "twin"}
