"""Statements about points, asked of the simulated world, and what it finds certified.

batch.py      a statement at a batch of points, in the two precisions of the ladder
draw.py       admissible points: drawn, searched for, moved onto equations
simulate.py   the statement at thousands of points; what violates it
guess.py      which rational points are worth certifying
rational.py   a point in exact numbers
values.py     exact values of terms at such points
rest.py       whether such a point is at rest
enclosure.py  boxes in which interval Newton proves exactly one stationary point
certifier.py  whether a rational point is admissible and violates a statement
witness.py    from a violating point of a simulation to a witness, and its replay
repair.py     rational points moved onto equations
shrink.py     witnesses made simple
"""
