"""Commands for who writes a claim file: new, check, explain, diff."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from .selection import fail, read_claims, unknown

SUFFIX = ".claims.toml"
NAME = re.compile(r"[A-Za-z0-9_-]+")

SCAFFOLD = """\
# Two statements to begin with: `verify check {name}{suffix}`, then `verify audit {name}{suffix}`.
# Words of formulas: `verify explain`. The format: verify/FORMAT.md.
format = 1

[paper]
key   = "{name}"
title = "Statements of {name}"

[setting.relu]                    # where the statements are asked
network  = "relu"                 # linear | relu | leaky-relu | power | smooth
widths   = [4, 3, 2, 1]           # inputs, hidden units, outputs
examples = 5
loss     = "exponential"          # exponential | logistic | cross-entropy | square

[[claim]]
id      = "loss-falls"
text    = "The loss never rises along gradient flow."
setting = "relu"
printed = 'd(L) <= 0'

[[claim]]
id      = "balancedness"
text    = "The squared norms of neighbouring layers keep their difference."
setting = "relu"
for     = {{ k = '1..K-1' }}
printed = 'conserved(rho[k]**2 - rho[k+1]**2)'
"""


@click.command()
@click.argument("name", metavar="NAME")
def new(name: str) -> None:
    """Write NAME.claims.toml, a claim file that passes, to start from."""
    if not NAME.fullmatch(name):
        fail(f"a name of letters, digits, '_' and '-' is wanted, met {name!r}")
    path = Path(name + SUFFIX)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(SCAFFOLD.format(name=name, suffix=SUFFIX))
    except FileExistsError:
        fail(f"{path} exists already; nothing was written")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    click.echo(f"written: {path}; next: verify audit {path}")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """All mistakes in claim files, or folders of them; nothing is run."""
    book = read_claims(paths)
    count = len(book.claims)
    click.echo(f"{count} claim{'s' * (count != 1)}, no mistakes")


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
def explain(words: tuple[str, ...]) -> None:
    """What words of the formula language mean, each with an example; without WORD, all of them."""
    from ..formula.dictionary import ELSEWHERE, EXAMPLES, entry

    strange = [w for w in words if w not in EXAMPLES and w.lower() not in ELSEWHERE]
    unknown("word", strange, sorted({*EXAMPLES, *ELSEWHERE}), "; 'verify explain' lists all")
    for word in words or sorted(EXAMPLES, key=str.lower):
        found = entry(word)
        if found is None:
            click.echo(f"{word} is not a word of the language; write {ELSEWHERE[word.lower()]}")
        else:
            click.echo(f"{found.word}: {found.meaning}\n    {found.example}")


@click.command()
@click.argument("before", metavar="RUN1", type=click.Path(path_type=Path))
@click.argument("after", metavar="RUN2", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The differences on standard output as JSON.")
def diff(before: Path, after: Path, as_json: bool) -> None:
    """Verdicts that changed from one run to another, and why.

    RUN1 and RUN2 are folders of results, or results.json files. Status 1 if a verdict changed.
    """
    old, new_ = (_results(p) for p in (before, after))
    changes = list(differences(old, new_))
    if as_json:
        click.echo(json.dumps(changes, indent=1, ensure_ascii=False))
    else:
        for c in changes:
            why = f"  {c['why']}" if c["why"] else ""
            click.echo(f"{c['id']}: {c['before']} -> {c['after']}{why}")
        click.echo(f"{len(changes)} of {len({*old, *new_})} claims differ", err=True)
    sys.exit(1 if changes else 0)


def _results(path: Path) -> dict[str, Mapping[str, Any]]:
    from ..runs.store import RESULTS, StoreError, read_results

    folder = path.parent if path.name == RESULTS else path
    try:
        return {c["id"]: c for c in read_results(folder)["claims"]}
    except StoreError as error:
        fail(str(error))


def differences(old: Mapping[str, Any], new_: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The claims whose verdict, or the verdict on one of whose forms, differs; in the order of their ids."""
    for claim in sorted({*old, *new_}):
        a, b = old.get(claim), new_.get(claim)
        if a is None or b is None:
            standing = [c["verdict"] if c else "absent" for c in (a, b)]
            yield {"id": claim, "before": standing[0], "after": standing[1], "why": ""}
        elif _standing(a) != _standing(b):
            yield {"id": claim, "before": _standing(a), "after": _standing(b), "why": _why(b)}


def _standing(claim: Mapping[str, Any]) -> str:
    forms = [f"{name} {claim[name]['verdict']}" for name in ("printed", "corrected") if claim.get(name)]
    return f"{claim['verdict']} ({', '.join(forms)})" if forms else str(claim["verdict"])


def _why(claim: Mapping[str, Any]) -> str:
    """What the judge says of the later run's forms."""
    forms = [claim.get(name) or {} for name in ("printed", "corrected")]
    return "; ".join(form["message"] for form in forms if form.get("message"))


AUTHORING = (new, check, explain, diff)
