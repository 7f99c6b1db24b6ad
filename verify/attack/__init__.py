"""Proofs attacked: statements evaluated exactly at sizes, coincidences and magnitudes that their proofs did not use.

cells.py    which sizes, labels, coincidences and magnitudes: a covering of pairs
points.py   a rational point for each
attack.py   the statement at these points; a certified violation is a counterexample to the proof
"""
