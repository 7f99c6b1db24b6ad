"""Trajectories of network training: smooth and piecewise-smooth gradient flows, discrete descent, reference
solutions, rates.

smooth        flows of differentiable networks to log10 t of 10^12 and more
sliding       flows of ReLU and leaky-ReLU networks as Filippov systems
descent       gradient descent and SGD, with constant and loss-scaled steps
hard_margin   certified maximum margins, KKT residual of the deep margin problem
rates         fitted growth rates with intervals over decades of log t
"""
