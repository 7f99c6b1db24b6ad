"""No statement of the catalogue gets lost: every id in the frozen lists beside this file is a shipped claim."""

from pathlib import Path

import pytest

from verify.claimfile import read

HERE = Path(__file__).parent
PAPERS = HERE.parent / "verify" / "papers"
LISTS = sorted(HERE.glob("catalogue_*.txt"))


def frozen(path: Path) -> list[str]:
    """The ids of a list, one a line."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def shipped(paper: str) -> set[str]:
    return {claim.id for claim in read([PAPERS / paper]).claims}


def test_there_are_lists():
    assert LISTS


@pytest.mark.parametrize("path", LISTS, ids=lambda p: p.stem)
def test_every_frozen_id_is_a_shipped_claim(path: Path):
    ids = frozen(path)
    assert ids and len(ids) == len(set(ids))
    papers = {i.split("/", 1)[0] for i in ids}
    known = set().union(*map(shipped, papers))
    missing = [i for i in ids if i not in known]
    assert not missing, f"claims that vanished: {', '.join(missing)}"


def test_a_vanished_claim_would_be_seen():
    assert "pnas20/no-such-claim" not in shipped("pnas20")
