"""Points at which a statement certainly holds."""

from fractions import Fraction

from verify.auditor.existence import decide_existence, find_points
from verify.claimfile import read

SOMEWHERE = """
[[claim]]
id = 'some'
text = 'Somewhere the norm of a layer falls.'
setting = 'net'
for = { k = '1..K' }
printed = 'somewhere(d(rho[k]) < 0)'

[[claim]]
id = 'none'
text = 'Somewhere the loss is negative.'
setting = 'net'
printed = 'somewhere(L < 0)'
"""


def points(claim_file, number):
    statement = read([claim_file(text=SOMEWHERE)]).claims[number].printed
    return find_points(statement.formula.args[0], statement, statement.settings[0])


def test_a_point_for_every_index_in_exact_numbers(claim_file):
    found = points(claim_file, 0)
    assert [p["indices"] for p in found] == [{"k": 1}, {"k": 2}]
    assert all(isinstance(Fraction(v), Fraction) for p in found for layer in p["W"] for row in layer for v in row)


def test_nothing_is_found_where_there_is_nothing(claim_file):
    assert points(claim_file, 1) is None


NOWHERE = """
[[claim]]
id = 'none'
text = 'Somewhere an output is one more than itself.'
setting = 'net'
printed = 'somewhere(f[1] == f[1] + 1)'

[[claim]]
id = 'some'
text = 'Somewhere two outputs are equal.'
setting = 'net'
printed = 'somewhere(f[1] == f[2])'
"""


def test_a_proof_of_the_opposite_refutes_and_nothing_else_does(claim_file):
    outcomes = []
    for claim in read([claim_file(text=NOWHERE)]).claims:
        statement = claim.printed
        outcomes.append(decide_existence(statement.formula, statement, statement.settings[0]).outcome)
    assert outcomes[0] == "refuted"
    assert outcomes[1] != "refuted"
