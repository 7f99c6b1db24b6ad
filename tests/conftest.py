"""What all tests share: one thread a process, derandomised Hypothesis where it counts, the `cuda` marker."""

import os

import pytest
from hypothesis import HealthCheck, settings

# the tests' tensors are small and processes already run side by side; read when torch is first imported
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI", "1") != "0" else "dev")  # CI=0 explores with new numbers


def pytest_collection_modifyitems(items):
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if not marked or _cuda():
        return
    for item in marked:
        if os.environ.get("VERIFY_REQUIRE_CUDA") == "1":
            item.add_marker(pytest.mark.usefixtures("cuda_is_required"))
        else:
            item.add_marker(pytest.mark.skip(reason="no CUDA device; VERIFY_REQUIRE_CUDA=1 makes this a failure"))


@pytest.fixture
def cuda_is_required():
    pytest.fail("VERIFY_REQUIRE_CUDA=1, but there is no CUDA device")


def _cuda():
    from numerics.world.device import cuda_available

    return cuda_available()
