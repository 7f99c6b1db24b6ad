"""Experiments that claims name."""
