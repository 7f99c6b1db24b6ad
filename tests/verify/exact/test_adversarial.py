"""False statements of the kinds that a decision procedure is tempted to prove: none may be."""

from fractions import Fraction

import pytest

from verify.auditor.kinds import decide

K, N, KN, JK = {"k": "1..K"}, {"n": "1..N"}, {"k": "1..K", "n": "1..N"}, {"j": "1..K", "k": "1..K"}
PULL = "sum(n, y[n]*f[n]*exp(-y[n]*f[n]))"
SMALL = {"widths": ((2, 2, 1),), "examples": 2}
LINEAR = {"network": "linear"}
CLASSES = {"loss": "cross-entropy", "network": "linear", "widths": ((2, 3),), "examples": 3}
DEEP_CLASSES = {"loss": "cross-entropy", "widths": ((2, 3, 3),), "examples": 3}
LOGISTIC, SQUARE, LEAKY = {"loss": "logistic"}, {"loss": "square"}, {"network": "leaky-relu"}
POWER = {"network": "power", "widths": ((2, 2, 1),), "examples": 2}
SMOOTH = {"network": "smooth", "widths": ((2, 2, 1),), "examples": 2}
FLOW = {"flow": "constrained"}
DECAYS = {"weight_decay": ("any", Fraction(1, 10), Fraction(0))}
LAST = {"network": "linear", "weight_decay": Fraction(1, 3)}
ALIKE = "W[k+1].T@grad(L,W[k+1]) == grad(L,W[k])@W[k].T"

FALSE = [
    # the rule of one loss for another
    (f"dot(grad(L,W[k]),W[k]) == -{PULL}/N", LOGISTIC, K),
    ("dot(grad(L,W[k]),W[k]) == -sum(n, y[n]*f[n]/(1+exp(-y[n]*f[n])))/N", LOGISTIC, K),
    ("L*rho[k] == rho[k]*sum(n, log(1+exp(-y[n]*f[n])))", LOGISTIC | SMALL, K),
    ("d(rho[k]**2) == 2/N*sum(n, (y[n]-f[n])*f[n])", SQUARE, K),
    ("d(rho[k]**2) == 4/N*sum(n, (y[n]-f[n])*f[n])", SQUARE | {"average": False}, K),
    # classes
    ("sum(c, 1, 3, entry(f[n],c)) == 0", CLASSES, N),
    ("sum(c, 1, rows(W[1]), entry(softmax(f[n]),c)) == rows(W[1])", CLASSES, N),
    ("d(norm(W[1])**2) == 2/N*sum(n, dot(onehot(n)+softmax(f[n]), f[n]))", CLASSES, {}),
    ("dot(grad(L,W[k]),W[k]) == 1/N*sum(n, dot(softmax(f[n]), f[n])-entry(f[n],1))", DEEP_CLASSES, K),
    ("L == -1/N*sum(n, log(entry(softmax(f[n]),1)))", CLASSES, {}),
    ("entry(f[n], y[n]) >= entry(f[n], 1)", CLASSES, N),
    ("sum(n, onehot(n)) == N/3*sum(c, 1, 3, onehot(1))", CLASSES, {}),
    ("norm(sum(n, onehot(n)))**2 >= 4", CLASSES, {}),
    # blocks of Hessians
    ("dot(vec(W[j]), hess(f[n],W[j],W[k])@vec(W[k])) == f[n]", {}, N | JK),
    ("dot(vec(W[k]), hess(L,W[k],W[k])@vec(W[k])) == 1/N*sum(n, y[n]*f[n]**2*exp(-y[n]*f[n]))", {}, K),
    ("tr(hess(L,W[k],W[k])) == 1/N*sum(n, exp(-y[n]*f[n])*norm(grad(f[n],W[k])))", {}, K),
    ("tr(hess(rho[k],W[k],W[k])) == rows(W[k])*cols(W[k])/rho[k]", {}, K),
    ("hess(rho[k], W[k], W[k])@vec(W[k]) == vec(W[k])/rho[k]", {}, K),
    ("rho**2*hess(fV[n], V) == hess(f[n])", LINEAR | SMALL | {"examples": 1}, N),
    # weight decay, one a layer
    (f"d(rho[k]**2) == 2/N*{PULL} - 2*decay[k]*rho[k]**2", DECAYS, K),
    ("d(rho[j]**2)+4*decay[j]*rho[j]**2 == d(rho[k]**2)+4*decay[j]*rho[k]**2", DECAYS, JK),
    ("decay[j] == decay[k]", {"weight_decay": ("any",) * 3}, JK),
    # the last layer, and the one beside it
    (ALIKE, {}, {"k": "1..K-1"}),
    (ALIKE, LEAKY, {"k": "1..K-1"}),
    (ALIKE, LAST, {"k": "1..K-1"}),
    ("W[K] == V[K]", {}, {}),
    ("d(rho[k]**2) == d(rho[K]**2)", {"weight_decay": Fraction(1, 10)}, K),
    ("f[n] == sum(i,1,cols(W[K])-1, entry(W[K],1,i)*entry(act(pre(K-1,n)),i))", SMALL, N),
    # other activations
    ("dot(grad(f[n],W[k]),W[k]) == f[n]", POWER, KN),
    ("dot(grad(f[n],W[2]),W[2]) == p*f[n]", POWER, N),
    ("f[n] == rho*fV[n]", POWER, N),
    ("dot(grad(f[n],W[k]),W[k]) == f[n]", SMOOTH, KN),
    ("act2(pre(1,n)) == zeros_like(pre(1,n))", SMOOTH, N),
    ("act(-pre(1,n)) == -act(pre(1,n))", LEAKY | SMALL, N),
    ("entry(act(pre(1,n)),1) >= 0", LEAKY | SMALL, N),
    ("entry(gate(1,n),1) > 0", SMALL, N),
    # implications
    ("iff(d(V[k]) == zeros_like(V[k]), d(W[k]) == zeros_like(W[k]))", LINEAR | SMALL, K),
    ("implies(d(rho[k]) == 0, L == 0)", SMALL, K),
    ("implies(rho[k] == 0, 0 == 1)", SMALL, K),
    ("implies(exp(f[n]) == 1, y[n] == 1)", SMALL, N),
    ("implies(norm(W[k]) == 1, f[n] == fV[n])", SMALL, KN),
    # ends of ranges, and the number of examples
    ("min(n, y[n]*f[n]) <= 0", SMALL, {}),
    ("max(n, y[n]*fV[n]) >= margin + 1", SMALL, {}),
    ("rho[k]*(N-1)*(N-2)*(N-3)*(N-4)*(N-5)*(N-6) == 0", {"examples": 7}, K),
    ("rho[k]*sum(n, y[n])**2 == N*rho[k]", SMALL, K),
    (f"d(rho[k]**2) == 2/(N+1)*{PULL}", {}, K),
    # flows and multipliers
    ("d_constrained(V[k]) == rho**2*d_gradient(V[k])", {}, K),
    ("d_fixed_rho(V[k]) == rho[k]*d_gradient(V[k])", {}, K),
    ("d_weight_norm(W[k]) == d_gradient(W[k])", {}, K),
    ("d_gradient(f[n]) == d_constrained(f[n])", {}, N),
    ("d_fixed_rho(rho) == d_gradient(rho)", {}, {}),
    ("lam[k] >= 0", FLOW | SMALL, K),
    ("lam[j] == lam[k]", FLOW | {"weight_decay": Fraction(1, 10)}, JK),
    ("lam[j] == lam[k]*2", FLOW, JK),
    ("d(V[k]) == -grad(L,V[k]) - lam[k]*V[k]", FLOW, K),
    ("nondecreasing(rho)", {"start": "separating"} | SMALL, {}),
]


@pytest.mark.parametrize(("text", "changes", "table"), FALSE, ids=[text for text, *_ in FALSE])
def test_what_is_false_is_not_proved(text, changes, table, setting, statement):
    where = setting(**changes)
    assert decide(statement(text, where, **table), where).outcome != "proved"
