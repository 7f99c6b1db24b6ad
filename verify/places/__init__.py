"""Statements at stationary points, minima and stationary directions.

decide.py      what follows from the equations of such points, exactly
certifier.py   whether a point is one of a statement's kind and violates it
directions.py  directions at rest: families with rational weights, and boxes
witness.py     certified points of these kinds that violate a statement, and their replay
"""
