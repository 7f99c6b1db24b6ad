"""The book: derivations for people and every claim, as LaTeX, and as PDF where LaTeX is installed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from . import formulas, plain
from .figures import Picture
from .model import Report, by_verdict, title
from .strips import Strip, as_picture
from .texfilter import tex
from .verdicts import CLAIMS, LOOKS, STATEMENTS, look

NAME, PDF = "report.tex", "report.pdf"
MISSING = (
    "For the book as PDF install LaTeX (Debian: apt-get install --no-install-recommends latexmk lmodern "
    f"texlive-latex-recommended texlive-fonts-recommended); its text is in {NAME}."
)
SECONDS = 300
LINE = 46  # letters of mathematics that fit on a line of the book
_COMMAND = (
    "latexmk",
    "-norc",
    "-pdf",
    "-f",
    "-interaction=nonstopmode",
    "-pdflatex=pdflatex -no-shell-escape %O %S",
)


def render_tex(report: Report, pictures: Sequence[Picture] = (), plots: Mapping[str, Strip] = {}) -> str:
    """The whole book as LaTeX; the pictures' files lie beside it."""
    numbers = {entry.id: number for number, entry in enumerate(report.entries, 1)}
    chapters = {id(d): number for number, d in enumerate(report.derivations, 1)}
    return (
        _environment()
        .get_template("report.tex.j2")
        .render(
            report=report,
            target=lambda id: numbers.get(id, 0),
            chapter=lambda derivation: chapters[id(derivation)],
            pictures=list(pictures),
            plots=plots,
            pictures_of=lambda id: [p for p in pictures if id in p.claims],
            claim_looks=list(CLAIMS.values()),
            statement_looks=list(STATEMENTS.values()),
            looks=list(LOOKS.values()),
        )
    )


def compile_pdf(source: str, files: Mapping[str, bytes] = {}, seconds: float = SECONDS) -> tuple[bytes | None, str]:
    """The PDF, or None, and one sentence that says why there is none or what is wrong with it, or "".

    LaTeX reads any file that it is told to. It runs in a folder of its own, without a shell, may read and write
    there only, and not for ever. `files` lie beside the source.
    """
    if shutil.which("latexmk") is None or shutil.which("pdflatex") is None:
        return None, MISSING
    with tempfile.TemporaryDirectory(prefix="book-") as folder:
        (Path(folder) / NAME).write_text(source, encoding="utf-8")
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        try:
            finished = _run([*_COMMAND, NAME], Path(folder), seconds)
        except OSError as error:
            return None, f"LaTeX could not be started ({error.strerror}); the text of the book is in {NAME}."
        errors = _errors(Path(folder) / "report.log")
        pdf = Path(folder) / PDF
        if not finished or not pdf.is_file():
            reason = f"failed ({errors[0] if errors else 'it gave no reason'})" if finished else "took too long"
            return None, f"LaTeX {reason}; the text of the book is in {NAME}."
        places = plain.count(len(errors), "place")
        return pdf.read_bytes(), f"LaTeX complained at {places} of {NAME}, first: {errors[0]}" if errors else ""


def _run(command: list[str], folder: Path, seconds: float) -> bool:
    """Run in a process group of its own, and end the group if it takes too long."""
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, env=_surroundings(folder), start_new_session=True, **quiet)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def _surroundings(folder: Path) -> dict[str, str]:
    """The variables LaTeX sees: equal for everybody, so that equal text makes an equal file."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "TEXMFHOME": str(folder / "texmf"),
        "LC_ALL": "C",
        "max_print_line": "1000",
        "openin_any": "p",
        "openout_any": "p",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
    }


def _errors(log: Path) -> list[str]:
    """The errors in LaTeX's log."""
    lines = log.read_text(encoding="latin-1").splitlines() if log.is_file() else []
    return [line[1:].strip() for line in lines if line.startswith("!")]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\NOTE{",
        comment_end_string="}",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.globals |= {"look": look, "by_verdict": by_verdict, "beside": _beside}
    environment.filters |= {
        "tex": lambda text: Tex(tex(text)),
        "prose": prose,
        "formula": formula,
        "mathematics": mathematics,
        "topic": lambda topic: Tex(tex(title(topic))),
        "heading": heading,
        "breaking": lambda name: Tex(re.sub(r"(\\_|[./])(?=.)", r"\1\\allowbreak{}", tex(name))),
        "inline": lambda latex: Tex(rf"${latex}$") if formulas.is_safe(latex) else Tex(tex(latex)),
        "plot": lambda plot: Tex(as_picture(plot)),
        "id": id,
        "integer": lambda n: Tex(plain.integer(n)),
        "raw": Tex,
        "color": lambda verdict: Tex(look(verdict).css.replace("-", "")),
    }
    return environment


class Tex(str):
    """Text that is LaTeX already."""

    __slots__ = ()


def _finalize(value: object) -> str:
    """What a template prints is LaTeX or a number; text that nobody escaped is escaped here."""
    return value if isinstance(value, Tex) else tex(value)


def prose(text: str) -> Tex:
    """Running text, with indices set low."""
    pieces = (rf"\textsubscript{{{tex(p)}}}" if low else tex(p) for p, low in plain.subscripts(plain.prettify(text)))
    return Tex("".join(pieces))


def heading(text: str) -> Tex:
    """The same for a heading, with plain letters for the bookmarks of the PDF."""
    return Tex(rf"\texorpdfstring{{{prose(text)}}}{{{tex(text)}}}")


def formula(latex: str, source: str = "") -> Tex:
    """A formula on lines of its own: broken where it is long, narrowed where it cannot be broken."""
    if not latex:
        return Tex(rf"\sourceformula{{{tex(source)}}}") if source else Tex("")
    if not formulas.is_safe(latex):
        return Tex(rf"\sourceformula{{{tex(latex)}}}")
    if words := formulas.sentence(latex):
        return Tex(rf"\sentence{{{' '.join(f'${p}$' if is_math else tex(p) for p, is_math in words)}}}")
    broken = formulas.breakable(latex)
    macro = "narrowed" if formulas.widest_piece(broken) > LINE else "formula"
    return Tex(rf"\{macro}{{{broken}}}")


def _beside(ours: str, theirs: str) -> bool:
    """Whether two formulas are short enough to stand side by side."""
    return max(formulas.width(ours), formulas.width(theirs)) <= LINE / 2 + 1


def mathematics(latex: str) -> Tex:
    """A matrix among others, narrowed where it is wider than the line."""
    return Tex(rf"\narrowed*{{{latex}}}") if formulas.is_safe(latex) else Tex(rf"\texttt{{{tex(latex)}}}")
