"""Statements at stationary points, minima and stationary directions.

decide.py      what follows from the equations of such points, exactly
enclosure.py   stationary points that are not rational: boxes in which interval Newton proves exactly one
directions.py  directions at rest: families with rational weights, and boxes
witness.py     certified points of these kinds that violate a statement, and their replay
"""

PLACES = ("stationary", "minimum", "stationary-direction")
