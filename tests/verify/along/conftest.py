"""Claims about whole trajectories in small settings."""

import pytest

from verify.auditor.claims import audit
from verify.options import Options

SETTINGS = {
    "line": "network = 'linear'\nwidths = [3, 1]\nexamples = 4\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'",
    "line-of-units": "network = 'relu'\nwidths = [3, 1]\nexamples = 4\nloss = 'exponential'\ndata = 'separable'",
    "square": "network = 'linear'\nwidths = [4, 1]\nexamples = 3\nloss = 'square'",
    "nonseparable": "network = 'linear'\nwidths = [3, 1]\nexamples = 6\nloss = 'exponential'\ndata = 'nonseparable'",
    "deep": "network = 'linear'\nwidths = [3, 2, 1]\nexamples = 4\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'",
    "deep-random": "network = 'linear'\nwidths = [3, 2, 1]\nexamples = 4\nloss = 'exponential'\ndata = 'separable'",
    "three": "network = 'linear'\nwidths = [4, 3, 2, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'",
    "relu": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'",
    "separating": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'",
    "fitted": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'\nassume = ['N*L < 1']",
    "three-layers": "network = 'relu'\nwidths = [5, 4, 2, 1]\nexamples = 6\nloss = 'logistic'\naverage = false\n"
    "data = 'separable'\nstart = 'separating'",
    "wide": "network = 'relu'\nwidths = [2, 7, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'",
    "one": "network = 'relu'\nwidths = [5, 4, 2, 1]\nexamples = 1\nloss = 'exponential'\nstart = 'equal-norms'\n"
    "data = 'separable'",
    "two": "network = 'linear'\nwidths = [3, 1]\nexamples = 2\nloss = 'exponential'\ndata = 'separable'",
    "constrained": "network = 'linear'\nwidths = [3, 2, 1]\nexamples = 4\nloss = 'exponential'\nflow = 'constrained'\n"
    "data = 'separable'\nstart = 'separating'",
    "weight-norm": "network = 'relu'\nwidths = [3, 4, 1]\nexamples = 6\nloss = 'logistic'\nflow = 'weight-norm'\n"
    "data = 'separable'\nstart = 'separating'",
    "held": "network = 'linear'\nwidths = [3, 2, 1]\nexamples = 4\nloss = 'exponential'\nflow = 'fixed-rho'\n"
    "data = 'separable'\nstart = 'separating'",
    "balanced": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'balanced'",
    "equal": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'equal-norms'",
    "leaky": "network = 'leaky-relu'\nwidths = [4, 3, 2, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'",
    "power": "network = 'power'\nwidths = [3, 2, 1]\nexamples = 4\nloss = 'exponential'\ndata = 'separable'\n"
    "start = 'separating'\nassume = ['N*L < 1']",
    "power-constrained": "network = 'power'\nwidths = [3, 2, 1]\nexamples = 4\nloss = 'exponential'\n"
    "flow = 'constrained'\ndata = 'separable'\nstart = 'separating'",
    "odd": "network = 'power'\nwidths = [4, 3, 1]\nexamples = 5\ndegree = 3\nloss = 'exponential'\naverage = false\n"
    "data = 'separable'\nstart = 'separating'\nassume = ['L < 1']",
    "margins": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\ndata = 'separable'\n"
    "assume = ['margin > 0']",
    "fits": "network = 'linear'\nwidths = [4, 3, 1]\nexamples = 3\nloss = 'square'",
    "decayed": "network = 'relu'\nwidths = [4, 3, 1]\nexamples = 5\nloss = 'exponential'\nweight_decay = '1/1000'\n"
    "data = 'separable'\nstart = 'separating'",
    "ridge": "network = 'linear'\nwidths = [4, 1]\nexamples = 3\nloss = 'square'\nweight_decay = '1/10'",
}


@pytest.fixture
def claimed(one_claim):
    """A claim with one statement in one setting."""

    def made(setting, formula, more=""):
        return one_claim(f"[setting.{setting}]\n{SETTINGS[setting]}", setting, formula, more)

    return made


@pytest.fixture
def judged(claimed):
    """The claim and its result."""

    def ask(setting, formula):
        claim = claimed(setting, formula)
        return claim, audit(claim, Options("quick", 0, "cpu"))

    return ask
