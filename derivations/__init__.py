"""The exact world: derivations in exact arithmetic. Imports neither `verify` nor `numerics`."""
