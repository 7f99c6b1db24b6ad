"""Which device the simulated world runs on."""

import torch


def cuda_available() -> bool:
    """Whether a CUDA device can be used."""
    return torch.cuda.is_available()
