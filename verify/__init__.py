"""Audit of claims about deep-network training: claim files in, verdicts with evidence out."""

import importlib
from typing import Any

__version__ = "0.1.0"
__all__ = ["Results", "__version__", "audit"]


def __getattr__(name: str) -> Any:
    """`verify.auditor` and `verify.Results`, loaded when they are first asked for: `verify list` needs neither."""
    if name in ("audit", "Results"):
        # by name: every module may import this one for the version, and the door stands above them all
        return getattr(importlib.import_module(".api", __name__), name)
    raise AttributeError(f"module 'verify' has no attribute {name!r}")
