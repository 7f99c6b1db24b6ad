"""Trajectories of network training: flows, discrete descent, reference solutions, rates.

setting       FlowSetting: network, data, loss, flow, validated once
smooth        smooth_flow: flows of differentiable networks to log10 t of 10^12 and more
multistep     multistep_flow: the quick one, gradient flows to log10 t of about 10^4
batch         two_layer_flows: many two-layer linear flows at once
sliding       sliding_flow: flows of ReLU and leaky-ReLU networks as Filippov systems
descent       descend: gradient descent and SGD, with constant and loss-scaled steps
trajectory    Trajectory: log t, log L, norms, margin, margin gap, weights, events
hard_margin   certified maximum margins, KKT residual of the deep margin problem
rates         growth rates with intervals over decades of log t
progress      paced: a bar in log10 t for any of them
Below these: losses, networks, gated (features and derivatives), two_layer, kinks, events, coordinates, invariants,
rosenbrock, system, run.
"""
