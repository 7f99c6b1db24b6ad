"""Benchmarks of the auditor, each with its peer in the same run."""
