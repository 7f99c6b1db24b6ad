"""Exact examples that claims name: numbers and enclosures for single cases."""
