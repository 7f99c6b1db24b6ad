"""Audit of claims about deep-network training: claim files in, verdicts with evidence out."""

__version__ = "0.1.0"
