"""Whatever a claim file holds, reading it ends: in claims or in messages, soon, and with nothing run or looked up.

Some in every run of the tests; by hand as many as wanted: python -P tests/verify/claimfile/test_fuzz.py 1000000
"""

import random
import sys
import tempfile
import time
from pathlib import Path

import pytest

from verify.claimfile import ClaimFileErrors, read

SEED = """format = {format}
[paper]
key = {word}
title = {word}
[setting.net]
network = {network}
widths = {widths}
examples = {number}
loss = {loss}
data = {data}
[[claim]]
id = {word}
text = {word}
setting = 'net'
uses = [{word}]
for = {{ k = {range}, n = '1..N' }}
printed = '{formula}'
"""
LEAVES = [
    "f[n]",
    "W[k]",
    "V[k]",
    "rho[k]",
    "L",
    "y[n]",
    "x[n]",
    "N",
    "K",
    "2",
    "1/3",
    "0xeff",
    "1e9",
    "9" * 40,
    "t",
    "_",
]
CALLS = [
    "d",
    "exp",
    "log",
    "norm",
    "grad",
    "hess",
    "dot",
    "sum",
    "limit",
    "sqrt",
    "not",
    "eigmin",
    "open",
    "__import__",
]
SIGNS = ["+", "-", "*", "/", "**", "@", "==", "<=", "and", "or", ",", "%", ":=", "if"]
HOSTILE = [
    "\x00",
    "\x1b[31m",
    "\x85",
    "\u202e",
    "\n" * 200,
    "a." * 400,
    "[" * 400,
    "{",
    "'''",
    '"',
    "é" * 50,
    "\\",
    "#",
]
DATA = [
    "generic",
    "separable",
    "../secret.csv",
    "/etc/passwd",
    "data.csv",
    "/dev/zero",
    "pipe.csv",
    "~/x.csv",
    "a\x00.csv",
]


def formula(rng, depth=0):
    if depth > 4 or rng.random() < 0.25:
        return rng.choice(LEAVES)
    inner = [formula(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.4:
        return f"{rng.choice(CALLS)}({', '.join(inner)})"
    return "(" + f" {rng.choice(SIGNS)} ".join(inner) + ")"


def claim_file(rng):
    """A claim file of the grammar, which may then have been cut, doubled or had something put in."""
    number = rng.choice(["3", "1", "0", "-1", "10" * 9, "9" * 5000, "true", "1.5", "'3'"])
    text = SEED.format(
        format=rng.choice(["1", "1", "2", "3"]),
        word=rng.choice(["'a'", "'b-c'", "''", "'" + "w" * 300 + "'", "3", '"\\u001b[2J"']),
        network=rng.choice(["'relu'", "'linear'", "'power'", "'smooth'", "'rely'", "[]"]),
        widths=rng.choice(["[3, 2, 1]", "[[2, 1], [3, 1]]", "[]", "[0]", "[3, 2, 9999999]", "'x'"]),
        number=number,
        loss=rng.choice(["'exponential'", "'square'", "'cross-entropy'", "'logistic'", "1979-05-27"]),
        data=repr(rng.choice(DATA)) if rng.random() < 0.9 else "'data.csv'",
        range=rng.choice(["'1..K'", "'K..1'", "'1..'", "'1..9**9'", "'0xeff..2'"]),
        formula=formula(rng),
    )
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(["", text[at : at + 40] * 2, *HOSTILE]) + text[at + rng.choice([0, 0, 5]) :]
    return text


def mistakes(text, folder):
    """The messages of a file, none if it reads; any other error is one of the reader."""
    path = folder / "f.claims.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    started = time.process_time()
    try:
        read([path])
        told = []
    except ClaimFileErrors as errors:
        told = errors.messages
        assert told, "a refusal without a reason"
    return told, time.process_time() - started


def surroundings(folder):
    (folder / "data.csv").write_text("a,b,c,y\n1,2,3,1\n4,5,6,-1\n7,8,10,1\n")
    (folder / "pipe.csv").mkdir()


@pytest.mark.parametrize("part", range(4))
def test_whatever_a_file_holds(tmp_path, part):
    surroundings(tmp_path)
    rng = random.Random(part)
    for _ in range(300):
        text = claim_file(rng)
        told, _ = mistakes(text, tmp_path)
        assert "root:" not in "".join(told), text


def main(count):
    """Inputs by hand: how many, and the slowest of them."""
    slowest, rng = (0.0, ""), random.Random()
    with tempfile.TemporaryDirectory() as name:
        surroundings(Path(name))
        for _ in range(count):
            text = claim_file(rng)
            try:
                slowest = max(slowest, (mistakes(text, Path(name))[1], text))
            except Exception:
                print(text)
                raise
    print(f"{count} inputs, the slowest took {slowest[0]:.2f} s:\n{slowest[1]}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
