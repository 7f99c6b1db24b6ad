"""What pages of the documentation take from the program: format, dictionary, help of commands, claim files."""

import re
from pathlib import Path

import click

from verify.cli import main
from verify.formula.dictionary import ELSEWHERE, EXAMPLES

HERE = Path(__file__).resolve().parent
FORMAT = HERE.parents[1] / "verify" / "FORMAT.md"
FIELD = re.compile(r"\{\{ (\w+)(?: ([\w.-]+))? \}\}")


def on_page_markdown(markdown: str, **_) -> str:
    """Fill the fields of a page; a field that nobody knows ends the build."""
    return FIELD.sub(lambda m: FIELDS[m[1]](*filter(None, [m[2]])), markdown)


def the_format() -> str:
    return FORMAT.read_text(encoding="utf-8").replace("(FORMAT.md)", "(format.md)")


def dictionary() -> str:
    rows = [
        f"| `{word}` | {meaning} | `{example}` |" for word, (meaning, example) in sorted(EXAMPLES.items(), key=_by_word)
    ]
    return "\n".join(["| word | means | example |", "|---|---|---|", *rows])


def elsewhere() -> str:
    rows = [f"| `{word}` | {said} |" for word, said in sorted(ELSEWHERE.items())]
    return "\n".join(["| met elsewhere | here |", "|---|---|", *rows])


def _by_word(item: tuple) -> str:
    return item[0].lower()


def commands() -> str:
    """The help of every command, as the program prints it."""
    context = click.Context(main, info_name="verify")
    parts = []
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        text = command.get_help(click.Context(command, info_name=name, parent=context))
        parts.append(f"## verify {name}\n\n```text\n{text}\n```")
    return "\n\n".join(parts)


def claims(file: str) -> str:
    return f"```toml\n{(HERE / 'docs' / file).read_text(encoding='utf-8').strip()}\n```"


FIELDS = {
    "format": the_format,
    "dictionary": dictionary,
    "elsewhere": elsewhere,
    "commands": commands,
    "claims": claims,
}
