"""`verify lint`: smells of statements in claim files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from .selection import read_claims


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--look", is_flag=True, help="Also look at points: premises that all of them meet, or none.")
@click.option("--json", "as_json", is_flag=True, help="The smells on standard output as JSON.")
def lint(paths: tuple[Path, ...], look: bool, as_json: bool) -> None:
    """Smells of statements: what is named and makes no difference, what a sentence says and no formula does.

    Status 1 if there is one; no verdict depends on them.
    """
    from ..statements.smells import smells

    book = read_claims(paths)
    found = list(smells(book.claims))
    if look:
        from ..auditor.idle_premises import idle_premises
        from ..options import Options

        found += idle_premises(book.claims, Options())
    if as_json:
        click.echo(json.dumps([vars(s) for s in found], indent=1, ensure_ascii=False))
    else:
        for smell in found:
            click.echo(str(smell))
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(Counter(s.kind for s in found).items()))
        click.echo(f"{len(book.claims)} claims, {len(found)} smells{': ' + kinds if kinds else ''}", err=True)
    sys.exit(1 if found else 0)
