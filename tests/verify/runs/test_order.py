"""A result depends on its claim alone: not on what was audited before it, nor on the number of jobs."""

import json
import random

import pytest

from verify.claimfile import read
from verify.options import Options
from verify.runs import guard
from verify.runs.executors import run_all
from verify.runs.guard import Limits
from verify.runs.session import Task, check

STATEMENTS = (
    "eigmin(outer(x[1], x[1])) >= 0",
    "norm(W[1]) < sqrt(2)*norm(W[2])",
    "d(L) <= 0",
)


@pytest.fixture(scope="module", autouse=True)
def fresh_workers():
    guard.dismiss()
    yield
    guard.dismiss()


def outcome(tasks, jobs):
    """Results by claim, but for the seconds."""
    done = run_all(check, tasks, jobs, limits=Limits.for_jobs(2))
    return {task.claim.id: json.dumps(untimed(o.value), sort_keys=True, default=str) for task, o in done}


def untimed(value):
    if isinstance(value, dict):
        return {k: untimed(v) for k, v in value.items() if k != "seconds"}
    return [untimed(v) for v in value] if isinstance(value, list) else value


def test_in_any_order_and_again(claim_file):
    table = "[[claim]]\nid = '{}'\ntext = 'One.'\nsetting = 'net'\nprinted = '{}'\n"
    claims = read([claim_file(text="".join(table.format(i, s) for i, s in enumerate(STATEMENTS)))]).claims
    tasks = [Task(c, Options()) for c in claims]
    first = outcome(tasks, 1)
    shuffled = random.Random(5).sample(tasks, len(tasks))
    assert outcome(shuffled, 1) == first, "the worker that has seen them all, in another order"
    assert outcome(tasks[::-1], 2) == first, "and a new one beside it"
