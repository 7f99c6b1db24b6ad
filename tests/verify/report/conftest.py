"""An audit of twenty claims with every verdict, long formulas, a witness, and text that means harm."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from verify.claim import Claim, Paper, Reading, Setting, Statement
from verify.formula import Sizes, parse, to_latex
from verify.formula.shapes import Range

HOSTILE = (
    "<img src=x onerror=alert(1)> </script><script>alert(2)</script> "
    "%_&#{}~^\\ \\input{/etc/passwd} $x$ [red]w[x_y][/red]"
)
RELU = Setting("relu", "relu", ((4, 3, 2, 1),), 5, "exponential", flow="constrained", data="separable")
LINEAR = Setting("linear", "linear", ((4, 3, 2, 1), (3, 2, 1)), 5, "square", average=False)
PAPERS = (
    Paper("memo90", "Theory III: Dynamics and Generalization in Deep Networks", "CBMM Memo 90, 2018–2020"),
    Paper("pnas20", "Theoretical issues in deep networks", "T. Poggio, A. Banburski, Q. Liao, PNAS 117(48), 2020"),
)
GROWTH = "d(rho[k]**2) == 2/N*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))"
GROWTH_WRONG = "d(rho[k]**2) == 2*sum(n, y[n]*f[n]*exp(-y[n]*f[n]))"
V_LAW = (
    "d(V[k]) == rho/(rho[k]**2*N)*sum(n, exp(-rho*y[n]*fV[n])*y[n]"
    "*(grad(fV[n], V[k]) - V[k]*dot(V[k], grad(fV[n], V[k]))))"
)
HESSIAN = (
    "hess(L, W[j], W[k]) == 1/N*sum(n, exp(-rho*y[n]*fV[n])*(rho**2/(rho[j]*rho[k])*vec(grad(fV[n], V[j]))"
    "@vec(grad(fV[n], V[k])).T - y[n]*rho/(rho[j]*rho[k])*hess(fV[n], V[j], V[k])))"
    " + 2*lam[k]*eye(rows(W[1])*cols(W[1]))"
)
HESSIAN_PRINTED = (
    r"H_{jk} = \frac1N\sum_n e^{-\rho y_n f(V;x_n)}\left(\frac{\rho^2}{\rho_j\rho_k}\frac{\partial f}{\partial V_j}"
    r"\frac{\partial f}{\partial V_k}^{\top} - y_n\frac{\rho}{\rho_j\rho_k}"
    r"\frac{\partial^2 f}{\partial V_j \partial V_k}\right) + 2\lambda_k I"
)
WITNESS = {
    "W": [
        [["1", "-2", "1/2", "0"], ["3/4", "1", "-1", "2"], ["0", "1", "1", "-1/3"]],
        [["1", "-1", "2"], ["1/2", "0", "3"]],
        [["2", "-1"]],
    ],
    "x": [
        ["1", "0", "2", "-1"],
        ["0", "1", "1", "1"],
        ["-3", "1/2", "0", "2"],
        ["1", "1", "1", "1"],
        ["2", "0", "-1", "5/7"],
    ],
    "y": [1, -1, 1, 1, -1],
    "indices": {"k": 2},
    "hypotheses": ["no pre-activation is 0"],
    "shows": "left 7/5, right 7",
    "replay": "verify show memo90/growth-sum --replay",
}


def exact(outcome="proved", scope="general", **more):
    detail = {
        "steps": ["clear denominators: rho[k]", "normal form of left - right is 0", "linear in the examples: any N"]
    }
    return {"kind": "exact", "outcome": outcome, "scope": scope, "detail": detail, "seconds": 0.07, **more}


def simulated(instances=4096, **more):
    found = {"kind": "simulated", "instances": instances, "violations": 0, "worst_error": 3.1e-16, "budget": 2.4e-13}
    return {**found, "excluded": {"on a kink": 3}, "device": "cpu", "detail": {}, "seconds": 0.21, **more}


def statement(formula, *, settings=(RELU,), ranges=("k",), at="any"):
    bounds = {"j": Range("j", parse("1"), parse("K")), "k": Range("k", parse("1"), parse("K"))}
    tree = parse(formula, indices=ranges)
    return Statement(formula, tree, settings, tuple(bounds[i] for i in ranges), at)


def judged(formula, verdict, *evidence, ranges=("j", "k"), message="", witness=None):
    tree = parse(formula, indices=ranges)
    return {
        "formula": formula,
        "latex": to_latex(tree),
        "verdict": verdict,
        "evidence": list(evidence),
        "witness": witness,
        "message": message,
    }


class Sample:
    """Claims and their results, gathered side by side."""

    def __init__(self):
        self.claims, self.results = [], []

    def add(
        self,
        id,
        verdict,
        formula,
        *found,
        text,
        topic="rho_v_dynamics",
        ranges=(),
        said="proved",
        at="any",
        corrected=None,
        corrected_said="proved",
        witness=None,
        message="",
        rests=(),
        **claim,
    ):
        printed = statement(formula, ranges=ranges, at=at)
        right = corrected and statement(corrected, ranges=ranges)
        self.claims.append(Claim(id, text, printed, topic=topic, corrected=right, settings=(RELU,), **claim))
        result = judged(formula, said, *found, message=message, witness=witness)
        right = corrected and judged(corrected, corrected_said, exact(), simulated())
        self.results.append(
            {
                "id": id,
                "verdict": verdict,
                "printed": result,
                "corrected": right,
                "readings": [],
                "uses": list(claim.get("uses", ())),
                "rests_on_refuted": list(rests),
            }
        )


def build():
    """The claims and the results of the sample audit."""
    sample = Sample()
    _dynamics(sample)
    _structure(sample)
    _others(sample)
    _readings(sample)
    provenance = {
        "version": "0.1.0",
        "digest": "4f2a" * 16,
        "seed": 0,
        "profile": "full",
        "device": "cpu",
        "dtype": "float64",
        "packages": {"sympy": "1.14.0", "torch": "2.13.0+cpu", "python-flint": "0.9.0"},
    }
    return sample.claims, {
        "schema": 1,
        "provenance": provenance,
        "claims": sorted(sample.results, key=lambda r: r["id"]),
    }


def _dynamics(s):
    refuted = exact("nonzero", "instances", message="the normal form is not zero")
    s.add(
        "memo90/growth",
        "holds",
        GROWTH,
        exact(),
        simulated(),
        ranges=("k",),
        where="Eq. (12)",
        text="Every squared layer norm grows at one and the same rate.",
        uses=("memo90/euler",),
        latex=r"\frac{d\rho_k^2}{dt} = \frac{2}{N}\sum_{n=1}^N y_n f(x_n) e^{-y_n f(x_n)}",
    )
    s.add(
        "memo90/growth-sum",
        "corrected",
        GROWTH_WRONG,
        refuted,
        simulated(violations=4096, worst_error=1.4, budget=3e-13),
        {"kind": "witness", "shows": "left 7/5, right 7", "setting": "relu"},
        said="refuted",
        witness=WITNESS,
        message="left 7/5, right 7",
        corrected=GROWTH,
        ranges=("k",),
        where="Sec. 3.2, after Eq. (14)",
        text="The same without the mean: the squared norms grow with the summed, loss-weighted margins.",
        defect="the factor 1/N of the averaged loss is missing",
        latex=r"\frac{d\|W_k\|^2}{dt} = 2 \sum_{n=1}^N y_n f(x_n) e^{-y_n f(x_n)}",
    )
    s.add(
        "memo90/v-law",
        "holds",
        V_LAW,
        exact(),
        simulated(),
        ranges=("k",),
        where="Eq. (17)",
        text="The direction of each layer moves by the projected gradient, scaled by ρ/ρ_k².",
        uses=("memo90/growth",),
        rests=(),
    )
    s.add(
        "pnas20/growth-all",
        "conditional",
        "d(rho[j]) == d(rho[k])",
        refuted,
        simulated(violations=12),
        said="refuted",
        witness={**WITNESS, "indices": {"j": 1, "k": 2}, "shows": "left 0.7122…, right 0.7038…"},
        ranges=("j", "k"),
        corrected="d(rho[j]) == d(rho[k])",
        assuming=("rho[j] == rho[k] at the start",),
        where="p. 30042",
        text="All layer norms grow at the same rate.",
        uses=("memo90/growth-sum",),
        rests=["memo90/growth-sum corrected"],
        defect="only the squares of the norms grow equally; the norms do if they start equal",
    )
    s.add(
        "pnas20/loss-falls",
        "holds",
        "nonincreasing(L)",
        exact(),
        simulated(instances=128),
        where="Sec. 2",
        text="The loss never rises along the flow.",
        uses=("memo90/growth", "pnas20/growth-all"),
        rests=["pnas20/growth-all corrected", "memo90/growth-sum corrected"],
    )
    s.add(
        "pnas20/rate",
        "supported",
        "asymptotic(norm(W[1]), log(t))",
        {
            "kind": "experiment",
            "name": "growth.rate",
            "relation": "holds",
            "quantities": {
                "ratio": {"value": 1.0072, "interval": [0.991, 1.031]},
                "log10_t": {"value": 1000000, "interval": [999000.0, 1.2e9]},
            },
        },
        said="supported",
        text="The norm of one layer grows like log t.",
        topic="norm_growth",
        where="Fig. 2",
    )
    s.add(
        "pnas20/loss-positive",
        "partly",
        "L > 0",
        exact(),
        simulated(),
        text="The loss is positive.",
        where="Sec. 3",
    )
    s.results[-1] |= {"reach": "part", "uncovered": ["linear, exponential, gradient flow"]}


def _structure(s):
    s.add(
        "memo90/euler",
        "holds",
        "sum(i, 1, K, dot(W[i], grad(f[1], W[i]))) == K*f[1]",
        exact(),
        simulated(),
        topic="structural_lemma",
        where="Lemma 1",
        kind="lemma",
        text="Euler's identity, layer by layer.",
    )
    s.add(
        "memo90/hessian",
        "corrected",
        HESSIAN,
        exact("nonzero", "instances"),
        simulated(violations=7, worst_error=12.5),
        said="refuted",
        corrected=HESSIAN.replace(" + 2*lam[k]", " - 2*lam[k]"),
        topic="hessians",
        ranges=("j", "k"),
        witness=WITNESS,
        where="Eq. (61), Appendix 12.2",
        text="The block of the Hessian of the exponential loss in normalised weights.",
        defect="the sign of the curvature of the constraint",
        ocr="the exponent 2 of ρ is lost in the scan",
        latex=HESSIAN_PRINTED,
    )
    s.add(
        "memo90/psd",
        "open",
        "eigmin(hess(L)) >= 0",
        exact("undecided", "instances"),
        simulated(excluded={}),
        said="undecided",
        topic="hessians",
        at="minimum",
        text="The Hessian at a minimum is positive semidefinite under overparametrisation.",
        message="no certificate was found; 4,096 simulated points agree",
        kind="conjecture",
        open="stated as a conjecture",
    )
    s.add(
        "memo90/empty",
        "vacuous",
        "grad(L, W[k]) == 0",
        simulated(instances=0, excluded={"not stationary": 4096}),
        said="vacuous",
        topic="stationarity",
        at="stationary",
        ranges=("k",),
        text="At finite stationary points every layer is balanced.",
        message="no admissible point was found (4,096 not stationary)",
    )
    s.add(
        "memo90/flat",
        "refuted",
        "nullity(hess(L)) == 0",
        exact("undecided"),
        said="refuted",
        witness={"W": [[["0"] * 40] * 3], "x": [], "y": [], "shows": "nullity 4"},
        topic="hessians",
        text="The Hessian has no flat direction.",
        where="Remark 7",
        kind="remark",
    )
    s.claims.append(
        Claim(
            "memo90/rho-def", "ρ_k is the Frobenius norm of layer k.", None, kind="definition", topic="structural_lemma"
        )
    )
    s.results.append(
        {
            "id": "memo90/rho-def",
            "verdict": "definition",
            "printed": None,
            "corrected": None,
            "readings": [],
            "uses": [],
            "rests_on_refuted": [],
        }
    )


def _others(s):
    s.add(
        "pnas20/alarm",
        "failed",
        "sum(n, y[n]) == 0",
        exact(),
        simulated(violations=3),
        said="conflict",
        topic="margins",
        text="A case in which the two worlds disagree.",
        message="the exact world proves it, yet an admissible point violates it",
    )
    s.add(
        "pnas20/broken",
        "failed",
        "margin > 0",
        {"kind": "failure", "message": "ZeroDivisionError: " + HOSTILE},
        said="broken",
        topic="margins",
        text="A check that raised.",
        message=HOSTILE,
    )
    s.add(
        "pnas20/hostile",
        "holds",
        "sum(n, y[n]**2) == N",
        exact(detail={"note": HOSTILE}),
        simulated(),
        topic="",
        text=HOSTILE,
        where=HOSTILE[:40],
        latex=r"\text{<img src=x onerror=alert(3)>} \href{javascript:alert(4)}{x} \input{x} \nosuch y_n^2",
        defect=HOSTILE,
    )
    s.add(
        "pnas20/unicode",
        "holds",
        "sum(n, y[n]**2)/N == 1",
        exact(scope="instances"),
        topic="square_loss",
        where="Gl. (3)",
        text="Überraschend: ‖W‖² ≤ ∑ₙ yₙ² – “naïve” Łojasiewicz, Erdős; 漢字; 😀; ρ̇ₖ ≥ 0 ⇒ λ → ∞.",
    )
    for n, (id, formula) in enumerate(
        {
            "interpolation": "norm(X @ min_norm - Y) == 0",
            "min-norm": "min_norm == pinv(X) @ Y",
            "softmax": "sum(i, 1, rows(W[1]), entry(W[1], i, 1)) != 0",
        }.items()
    ):
        s.add(
            f"memo90/{id}",
            "holds" if n else "supported",
            formula,
            simulated(instances=10**n * 64),
            said="supported" if not n else "proved",
            topic=("linear_networks", "linear_networks", "cross_entropy")[n],
            text="A statement about one layer.",
            where=f"Eq. ({80 + n})",
        )


def _readings(s):
    one, two = "d(rho) == 0", "d(rho) > 0"
    readings = (
        Reading("with weight normalisation", statement(one, ranges=())),
        Reading("along the free flow", statement(two, ranges=())),
    )
    s.claims.append(
        Claim(
            "pnas20/stops",
            "The norm stops growing.",
            None,
            topic="early_stopping",
            readings=readings,
            settings=(LINEAR,),
        )
    )
    said = [judged(one, "refuted", exact("nonzero"), witness=WITNESS), judged(two, "proved", exact(), simulated())]
    s.results.append(
        {
            "id": "pnas20/stops",
            "verdict": "holds",
            "printed": None,
            "corrected": None,
            "readings": [{"text": r.text, "printed": j} for r, j in zip(readings, said, strict=True)],
            "uses": ["memo90/growth-sum"],
            "rests_on_refuted": ["memo90/growth-sum corrected"],
        }
    )


def derivations():
    """Two derivations, one of them about two claims."""

    def step(latex, reason, uses=(), check="normal form zero, for every N"):
        return SimpleNamespace(latex=latex, reason=reason, uses=uses, check=check)

    growth = SimpleNamespace(
        title="Equal growth of the squared norms",
        topic="rho_v_dynamics",
        claims=("memo90/growth", "memo90/growth-sum"),
        story="Homogeneity makes the inner product of a layer with its gradient the same for all layers. "
        "The squared norms therefore grow together, and their differences are conserved.",
        steps=(
            step(
                r"\left\langle W_k, \frac{\partial f(W;x_n)}{\partial W_k}\right\rangle = f(W; x_n)",
                "Euler's identity: f is homogeneous of degree one in each layer.",
                ("memo90/euler",),
            ),
            step(
                r"\dot{W}_k = -\frac{\partial L}{\partial W_k} = \frac1N\sum_{n=1}^N y_n e^{-y_n f(W;x_n)} "
                r"\frac{\partial f(W;x_n)}{\partial W_k}",
                "The gradient flow of the averaged exponential loss.",
            ),
            step(
                r"\frac{d}{dt}\rho_k^2 = 2\left\langle W_k, \dot W_k\right\rangle = "
                r"\frac2N \sum_{n=1}^N y_n f(W;x_n) e^{-y_n f(W;x_n)}",
                "Insert the two lines above; the right side does not depend on k.",
            ),
        ),
    )
    hostile = SimpleNamespace(
        title=HOSTILE,
        topic="hessians",
        claims=("memo90/hessian",),
        story=HOSTILE,
        steps=(step(r"x \write18{id} }", HOSTILE, (HOSTILE,), HOSTILE),),
    )
    return (growth, hostile)


@pytest.fixture
def sample():
    """`claims`, `results`, `derivations` and `papers` of the sample audit."""
    claims, results = build()
    assert Sizes((4, 3, 2, 1), 5).depth == 3
    return SimpleNamespace(claims=claims, results=results, derivations=derivations(), papers=PAPERS)
