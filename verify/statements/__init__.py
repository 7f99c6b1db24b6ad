"""What can be said of a statement or a setting without asking any world.

pointwise.py    which statements about trajectories are statements about points
premises.py     what has to hold before a statement says anything
words.py        what the words of a term say: fixed, continuous, bounded
equivalence.py  whether two formulas say the same
separation.py   whether hypotheses say that the data are separated
opposites.py    statements that contradict a statement
english.py      a statement read back as a sentence
severity.py     how grave an error is, from what differs between the forms
smells.py       signs that what is judged is softer than the sentence
mutants.py      the same statement with one thing changed
"""
