"""Points: random and adversarial, admissible, moved onto equations, searched for."""
