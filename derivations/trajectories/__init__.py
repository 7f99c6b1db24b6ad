"""Trajectories in exact arithmetic: enclosures, gates that stand, growth along rays."""
