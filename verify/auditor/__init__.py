"""One claim: both worlds are asked, witnesses searched for, the evidence judged.

claims.py     the result of one claim
kinds.py      what answers for which kind of statement
measured.py   statements about quantities that a named function derives or measures
existence.py  points at which a statement is certainly true
idle_premises.py  premises that all points meet, or none
falsify.py    whether a false variant is caught
checklist.py  the items of the pytest checklist
steps.py      the steps of an audit, each with its limits
deadline.py   a limit of processor time
memory.py     a limit of memory
"""
