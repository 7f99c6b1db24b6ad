"""The simulated world: terms of the formula language as batched float64 tensors."""
