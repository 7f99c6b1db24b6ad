"""Standard streams: closed, full, or without the signs that the program prints."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from typing import TextIO

PLAIN = "verify.plain"  # a handler of encoding errors
_SIGNS = {
    "✓": "+",
    "✗": "x",
    "≈": "~",
    "↻": "c",
    "⊢": "|",
    "≡": "=",
    "‼": "!",
    "━": "-",
    "─": "-",
    "…": "...",
    "·": ".",
}
_SIGNS |= {"–": "-", "—": "-", "×": "x", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "−": "-", "∞": "oo", "∈": "in"}
_SIGNS |= {"’": "'", "‘": "'", "“": '"', "”": '"', "√": "sqrt", "∑": "sum", "∏": "prod", "∂": "d"}


def plain(text: str) -> str:
    """The text in ASCII: signs that look alike, Greek letters by name, letters without their accents."""
    return "".join(_plain(c) for c in text)


def _plain(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    if character.isascii():
        return character
    if character in _SIGNS:
        return _SIGNS[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK "):
        letter = name.split(" LETTER ")[-1].split(" WITH ")[0].lower()
        return letter.capitalize() if "CAPITAL" in name else letter
    ascii_ = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return ascii_ or "?"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def settle() -> None:
    """Give every stream somewhere to go, and a plain sign for each that its encoding lacks."""
    codecs.register_error(PLAIN, _replace)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=PLAIN)


def speaks_unicode(stream: TextIO) -> bool:
    """Whether the stream's encoding has every sign."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def flushed() -> str:
    """Write out what is left; why that cannot be done, or nothing."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _to_nowhere(sys.stdout)
        return error.strerror or str(error)
    return ""


def _to_nowhere(stream: TextIO) -> None:
    """Lest the interpreter tries again at its end, and complains."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
