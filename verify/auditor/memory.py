"""A limit of memory on what one process computes, set by the kernel: it also holds inside libraries written in C."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

PAGE = resource.getpagesize()


@contextmanager
def address_space(most: int | None) -> Iterator[None]:
    """In this block the process gets no more than `most` bytes, what it holds already included; None sets no limit.

    Python then raises MemoryError, flint ends the process. What is mapped and not resident, such as the text of
    libraries, is not counted.
    """
    held = pages_of("self")
    if most is None or held is None:
        yield
        return
    mapped, resident = held
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = mapped + max(most - resident, 0)
    known = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def pages_of(process: int | str) -> tuple[int, int] | None:
    """Bytes that a process has mapped and that are resident; None where the system does not tell."""
    try:
        with open(f"/proc/{process}/statm", encoding="ascii") as file:
            mapped, resident, *_ = map(int, file.read().split())
    except (OSError, ValueError):
        return None
    return mapped * PAGE, resident * PAGE


def of_machine() -> int:
    """Bytes of memory that this process and its children may use: the machine's, or less in a container."""
    machine = os.sysconf("SC_PHYS_PAGES") * PAGE
    return min([machine, *_of_container()])


def _of_container() -> Iterator[int]:
    """The limits of control groups, of either version, as a container sees its own."""
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as file:
                text = file.read().strip()
        except OSError:
            continue
        if text.isdigit():
            yield int(text)
