"""The numbers of the figure of losses are those of the claims."""

import numpy as np
import pytest

from numerics.experiments.real_data import normalised
from numerics.figures import losses


@pytest.fixture
def small(monkeypatch):
    kept = (normalised.trained, normalised.trained_on_random_labels, normalised.losses)
    for name, value in (("STARTS", 3), ("STEPS", 40), ("RANDOM_STEPS", 40), ("RANDOM_STARTS", 2), ("EXAMPLES", 40)):
        monkeypatch.setattr(normalised, name, value)
    monkeypatch.setattr(losses, "SHOWN", 3)
    for function in kept:
        function.cache_clear()
    yield
    for function in kept:
        function.cache_clear()


@pytest.mark.usefixtures("small")
def test_one_network_passes_through_its_own_point_on_a_line_of_its_own():
    data = losses.digits_losses()
    assert len(data["one"]["train"]) == 9 and [len(g["train"]) for g in data["groups"]] == [3, 3, 3]
    assert data["one"]["train"][3] == data["groups"][1]["train"][0]
    assert data["one"]["test"][3] == data["groups"][1]["test"][0]
    assert np.corrcoef(data["one"]["train"], data["one"]["test"])[0, 1] > 0.99
    assert max(data["one"]["train"]) < data["chance"]
