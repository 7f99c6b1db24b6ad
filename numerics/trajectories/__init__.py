"""Trajectories from sampled starts, each run twice, and what they tend to."""
