"""Claim files: TOML in, the nouns of `verify.claim` out, every mistake told at once with its line."""

from .errors import ClaimFileErrors, Mistake
from .reader import Book, read

__all__ = ["Book", "ClaimFileErrors", "Mistake", "read"]
