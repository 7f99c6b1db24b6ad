"""Networks: activations with their derivatives, forward passes and losses, scalar functions accurate in their tails."""
