"""The dictionary of the formula language: each word, what it means, a formula in which it stands.

`verify explain WORD` prints an entry. The examples are formulas that the parser reads; a test reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import did_you_mean

EXAMPLES: dict[str, tuple[str, str]] = {
    # word: meaning, example
    "W": ("matrix of layer k, counted from the input: widths[k] x widths[k-1]", "norm(W[1]) == rho[1]"),
    "V": ("direction W[k]/|W[k]| of layer k, of unit Frobenius norm", "W[1] == rho[1]*V[1]"),
    "rho": ("rho[k]: Frobenius norm of layer k; rho alone: the product of all of them", "rho == prod(k, rho[k])"),
    "lam": ("multiplier -1/2 <grad(L, V[k]), V[k]> of the constraint |V[k]| = 1", "lam[1] >= 0"),
    "x": ("input of example n, a vector", "norm(x[1]) > 0"),
    "y": ("label of example n: +1 or -1; a real for the square loss; a class 1..C for cross-entropy", "y[1]**2 == 1"),
    "f": ("output of the network at W on example n", "sum(n, y[n]*f[n]) > 0"),
    "fV": ("output of the network at the directions V", "f[1] == rho*fV[1]"),
    "K": ("number of layers", "K >= 1"),
    "N": ("number of examples", "N >= 1"),
    "t": ("time; only in statements about trajectories", "asymptotic(rho, log(t))"),
    "L": ("loss, with weight decay where the setting has it", "nonincreasing(L)"),
    "margin": ("smallest y[n]*fV[n]", "margin <= y[1]*fV[1]"),
    "decay": ("the setting's weight_decay; decay[k] for one a layer", "decay >= 0"),
    "p": ("degree of the power activation", "p >= 2"),
    "pi": ("the number pi", "pi > 3"),
    "X": ("N x d matrix whose rows are the inputs", "rank(X @ X.T) <= N"),
    "Y": ("targets, one a row", "Y == Y"),
    "min_norm": ("minimum-norm interpolant pinv(X) @ Y of one layer", "X @ min_norm == Y"),
    "max_margin": ("largest min_n y_n w.x_n over unit vectors w", "max_margin >= margin"),
    "svm": ("the unit vector that attains max_margin", "norm(svm) == 1"),
    "exp": ("exponential", "exp(f[1]) > 0"),
    "log": ("natural logarithm of a positive number", "log(rho[1]) <= rho[1] - 1"),
    "sqrt": ("square root of a number that is not negative", "sqrt(rho[1]**2) == rho[1]"),
    "abs": ("absolute value", "abs(f[1]) >= f[1]"),
    "li": ("logarithmic integral", "asymptotic(li(t), t/log(t))"),
    "sign": ("-1, 0 or 1", "sign(rho[1]) >= 0"),
    "softmax": ("exp of each entry over their sum", "sum(i, 1, rows(W[K]), entry(softmax(f[1]), i)) == 1"),
    "onehot": ("unit vector of example n's class (cross-entropy)", "norm(onehot(1)) == 1"),
    "pre": ("pre(k, n): pre-activation of layer k on example n, a vector", "pre(1, 1) == W[1] @ x[1]"),
    "gate": ("gate(k, n): slopes of the activation at pre(k, n)", "norm(gate(1, 1)) >= 0"),
    "act": ("the activation, entry by entry", "act(pre(1, 1)) == act(W[1] @ x[1])"),
    "act1": ("first derivative of the activation", "act1(f[1])**2 >= 0"),
    "act2": ("second derivative of the activation", "act2(f[1])**2 >= 0"),
    "pinv": ("Moore-Penrose inverse", "X @ pinv(X) @ X == X"),
    "null_projector": ("orthogonal projector on the kernel", "X @ null_projector(X) == zeros_like(X)"),
    "dot": ("Frobenius inner product", "dot(W[1], W[1]) == rho[1]**2"),
    "norm": ("Frobenius (Euclidean) norm", "norm(W[1]) == rho[1]"),
    "outer": ("outer product of two vectors", "tr(outer(x[1], x[1])) == norm(x[1])**2"),
    "eye": ("identity matrix of a size", "tr(eye(N)) == N"),
    "vec": ("entries of a matrix, row by row; vec(W): of all layers", "norm(vec(W))**2 == sum(k, rho[k]**2)"),
    "tr": ("trace", "tr(W[1] @ W[1].T) == rho[1]**2"),
    "zeros_like": ("zeros in the shape of a term", "0*W[1] == zeros_like(W[1])"),
    "diag": ("diagonal matrix of a vector", "tr(diag(x[1])) == sum(i, 1, cols(W[1]), entry(x[1], i))"),
    "row": ("row i of a matrix, counted from 1", "norm(row(W[1], 1)) <= rho[1]"),
    "col": ("column j of a matrix, counted from 1", "norm(col(W[1], 1)) <= rho[1]"),
    "entry": ("entry of a vector or a matrix, counted from 1", "abs(entry(W[1], 1, 1)) <= rho[1]"),
    "rows": ("number of rows", "rows(W[1]) >= 1"),
    "cols": ("number of columns", "cols(W[1]) >= 1"),
    "rank": ("rank of a symmetric matrix", "rank(hess(L)) <= rows(hess(L))"),
    "nullity": ("dimension of the kernel of a symmetric matrix", "nullity(hess(L)) >= 0"),
    "eigmin": ("smallest eigenvalue of a symmetric matrix", "eigmin(hess(L)) <= eigmax(hess(L))"),
    "eigmax": ("largest eigenvalue of a symmetric matrix", "eigmin(hess(L)) <= eigmax(hess(L))"),
    "distinct": ("number of distinct nonzero eigenvalues", "distinct(hess(L)) >= 0"),
    "sum": ("sum(n, e), or sum(i, first, last, e)", "L == 1/N*sum(n, exp(-y[n]*f[n]))"),
    "prod": ("prod(k, e), or with a written range", "rho == prod(k, rho[k])"),
    "min": ("min(n, e): the least over a range; min(a, b): the less of two", "margin == min(n, y[n]*fV[n])"),
    "max": ("max(n, e): the largest over a range; max(a, b): the greater of two", "max(f[1], f[2]) >= f[1]"),
    "grad": ("grad(e, W[k]), grad(e, V[k]), or grad(e) of all weights", "dot(grad(L, W[1]), W[1]) <= 0"),
    "hess": ("hess(e), hess(e, V), or the block hess(e, W[j], W[k])", "hess(L) == hess(L).T"),
    "d": ("time derivative along the setting's flow", "d(L) <= 0"),
    "d_gradient": ("time derivative along gradient flow", "d_gradient(L) <= 0"),
    "d_constrained": ("time derivative along the flow that keeps |V[k]| = 1", "d_constrained(L) <= 0"),
    "d_fixed_rho": ("the same with the norms held", "d_fixed_rho(rho[1]) == 0"),
    "d_weight_norm": ("time derivative along weight normalisation", "d_weight_norm(L) <= 0"),
    "implies": ("implies(A, B): where A holds, B holds", "implies(N*L < 1, margin > 0)"),
    "iff": ("iff(A, B): each implies the other", "iff(f[1] > 0, fV[1] > 0)"),
    "somewhere": ("holds at some admissible point", "somewhere(d(margin) < 0)"),
    "generically": ("holds outside a null set", "generically(f[1] != 0)"),
    "conserved": ("constant in time", "conserved(rho[1]**2 - rho[2]**2)"),
    "nondecreasing": ("never falls in time", "nondecreasing(-L)"),
    "nonincreasing": ("never rises in time", "nonincreasing(L)"),
    "diverges": ("its absolute value tends to infinity", "diverges(rho)"),
    "converges": ("has a finite limit as t tends to infinity", "converges(V[1])"),
    "bounded": ("stays bounded", "bounded(margin)"),
    "limit": ("limit as t tends to infinity; limit(e, decay): as the weight decay tends to 0+", "limit(L) == 0"),
    "asymptotic": ("asymptotic(e, g): e/g tends to 1", "asymptotic(rho, log(t))"),
    "outgrows": ("outgrows(e, g): e/g tends to infinity", "outgrows(t, rho)"),
    "independent_of_start": ("the same for every admissible start on the same data", "independent_of_start(limit(L))"),
}

# words of other notations, and how the language says them
ELSEWHERE = {
    "eta": 'step sizes belong to the setting: flow = "descent" with step = "1/10"',
    "lr": 'step sizes belong to the setting: flow = "descent" with step = "1/10"',
    "bias": "networks have no biases; a constant entry of every input acts as one in the first layer",
    "relu": 'network = "relu" in the setting; act(z) in formulas',
    "mse": 'loss = "square" in the setting; L in formulas',
    "ce": 'loss = "cross-entropy" in the setting; L in formulas',
    "tanh": 'network = "smooth" with smooth = "tanh" in the setting; act(z) in formulas',
    "sigmoid": "1/(1 + exp(-z))",
    "lambda_max": "eigmax(M)",
    "lambda_min": "eigmin(M)",
    "lambda": "decay, the setting's weight_decay; lam[k] is the multiplier of a constraint",
    "forall": "for = { n = '1..N' } beside printed; free indices are quantified there",
    "exists": "somewhere(S)",
    "nabla": "grad(e, W[k])",
    "trace": "tr(M)",
    "transpose": "M.T",
    "theta": "vec(W), all weights in one vector",
    "w": "W[1] of one layer; svm is the unit vector of largest margin",
}


@dataclass(frozen=True)
class Entry:
    """What the dictionary says of a word."""

    word: str
    meaning: str
    example: str


def entry(word: str) -> Entry | None:
    """The entry of a word of the language, or None."""
    found = EXAMPLES.get(word)
    return None if found is None else Entry(word, *found)


def hint(word: str, known: Iterable[str]) -> str:
    """What may have been meant by a word that is not of the language; empty if nothing is near."""
    said = ELSEWHERE.get(word.lower())
    return f"; write {said}" if said else did_you_mean(word, known)
