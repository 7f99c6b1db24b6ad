"""One writer in a folder of results."""

import os

import pytest

from verify.runs.lock import alone_in
from verify.runs.store import StoreError


def test_a_second_writer_is_told_who_is_there(tmp_path):
    with (
        alone_in(tmp_path / "out"),
        pytest.raises(StoreError, match=f"being written by process {os.getpid()}: wait"),
        alone_in(tmp_path / "out"),
    ):
        pytest.fail("two writers")
    with alone_in(tmp_path / "out"):
        pass


def test_an_impossible_place_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"), alone_in(tmp_path / "file"):
        pytest.fail("no folder")
