"""The simulated world: experiments in float64 torch. Imports neither `verify` nor `derivations`."""
