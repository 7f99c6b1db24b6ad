"""How the auditor asks the exact world: what reduces to which finite checks, and what was decided."""
