"""The figures of the report: where their numbers come from, how they are drawn, what they show, for which claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Drawing:
    """A figure as it is announced.

    Attributes:
        name: of its data in `figures.json`, of its file and of its link.
        paper: it is drawn where this paper is audited as a whole.
        claims: whose statements it shows.
        caption: what is drawn and what to see; LaTeX-free, indices as in claims' texts.
        alt: the same for who cannot see it.
        compute: its numbers, JSON-able; imports what it needs when it is called.
        draw: the name of a function of `drawings`.
    """

    name: str
    title: str
    paper: str
    claims: tuple[str, ...]
    caption: str
    alt: str
    compute: Callable[[], Any]
    draw: str


def _growth() -> Any:
    from numerics.figures.growth import norm_growth

    return norm_growth()


def _margin() -> Any:
    from numerics.figures.margin import digits_margin, falling_margin

    return {"digits": digits_margin(), "falls": falling_margin()}


def _losses() -> Any:
    from numerics.figures.losses import digits_losses

    return digits_losses()


def _spectra() -> Any:
    from numerics.figures.spectra import spectrum_along_flow, spectrum_under_decay

    return {"flow": spectrum_along_flow(), "decay": spectrum_under_decay()}


def _valleys() -> Any:
    from numerics.figures.valleys import loss_valleys

    return loss_valleys()


def _kernels() -> Any:
    from derivations.cases.kernel_examples import kernel_splits

    return kernel_splits()


DRAWINGS = (
    Drawing(
        "growth",
        "Growth of the norms with depth",
        "memo90",
        (
            "memo90/fig7-left",
            "memo90/fig7-right",
            "memo90/eq55-prefactor",
            "memo90/eq57",
            "memo90/sec14-K1",
            "memo90/sec14-faster-than-log",
            "memo90/sec14-K2-li",
            "memo90/sec14-alpha-inf",
            "memo90/sec14-larger-K-faster",
            "memo90/sec14-layer-slower",
            "memo90/sec12.2-product-faster",
            "pnas20/thm4-6-product",
            "pnas20/thm4-6-layer",
        ),
        "One example, the exponential loss, layers of equal norm that start at 1, and f~ = 1. Lines: the closed form "
        "(a logarithm for K = 1, the inverse of li for K = 2, of li(R) − R/log R in the limit of many layers), "
        "with the factor K that Eq. (55) ought to have; circles: gradient flows of linear networks of K layers. Left "
        "and middle are the panels of the memo’s Fig. 7: deeper products grow faster, each layer slower. The dotted "
        "line has the factor K² as printed, and no flow lies on it. Right, over a thousand decades: the "
        "product divided by the logarithm of time tends to 1 for every depth, from above for K > 1. The lead of the "
        "deeper product is of the order of log log t.",
        "Three panels of curves for 1, 2, 3, 5 and infinitely many layers. The product of the norms rises with depth; "
        "the norm of each layer falls with depth; the product over the logarithm of time falls to 1 for every depth.",
        _growth,
        "norm_growth",
    ),
    Drawing(
        "valleys",
        "Two kinds of valley",
        "memo90",
        (
            "memo90/fig3-left",
            "memo90/fig3-slope",
            "memo90/fig3-surface",
            "memo90/sec5.2-min-at-infinity",
            "memo90/lemma2-hyperbolic",
            "memo90/sec7-exp-hyperbolic",
        ),
        "The loss of f = w2 w1 x on the example x = y = 1, over its two weights; the lines run down the gradient from "
        "four starts. The square loss has a curve of minima (orange), along which the Hessian has a zero eigenvalue; "
        "where a line ends depends on where it began. The exponential loss has none: its valleys fall to infinity. "
        "Weight decay turns either into two isolated minima (stars), mirror images of each other.",
        "Four contour plots: the square loss has two curved valleys of minima, the exponential loss two that descend "
        "outwards; with weight decay each has two isolated minima.",
        _valleys,
        "valleys",
    ),
    Drawing(
        "spectra",
        "Spectra along a flow and under weight decay",
        "memo90",
        (
            "memo90/sec5.1-hess-nsd-large-t",
            "memo90/sec5.2-asymptotic-hyperbolic",
            "memo90/lemma2-hyperbolic",
            "memo90/sec5-hyperbolic-small-reg",
            "memo90/sec7-square-reg-hyperbolic",
            "memo90/sec12.2-reg-posdef",
            "memo90/sec5-lambda-to-0",
            "memo90/sec12.2-neg-eig-away",
        ),
        "All eigenvalues of the Hessian of a linear network 3-2-1; a value within the computed rounding error of 0 is "
        "drawn as zero. Left: along the flow of the exponential loss on four examples, divided by the loss. An "
        "eigenvalue of the size of the gradient stays negative at all times, and zeros stay. Right: at the minimum of "
        "the square loss of two examples under weight decay. Flat directions are lifted to 2λ and 4λ, but one "
        "eigenvalue is zero whatever the decay: the rotation between the two layers keeps their norms. Beyond the "
        "grey line the minimum is at zero weights.",
        "Left: eigenvalues over log time, four positive, some zero, one negative at all times. Right: eigenvalues over "
        "the weight decay, two of the size of the data, five proportional to the decay, one zero throughout.",
        _spectra,
        "spectra",
    ),
    Drawing(
        "kernels",
        "What forces the zeros of a Hessian",
        "memo90",
        (
            "memo90/theorem4",
            "memo90/sec12.1-hessian-degenerate",
            "memo90/lemma2-hyperbolic",
            "memo90/sec7-deep-no-regularisation",
            "memo90/sec8-flat-minima",
            "memo90/sec12.3-distinct-N",
            "pnas20/morse-bott",
            "pnas20/disc-degenerate-global",
        ),
        "Exact spectra of the square loss at four rational minima, each zero eigenvalue with what forces it: a "
        "symmetry of the network, directions that no example sees, or nothing but fewer examples than weights. No "
        "more eigenvalues than examples are positive without weight decay. With decay the rotation between linear "
        "layers is left.",
        "Four stem plots of eigenvalues in order; most are zero and coloured by what forces them: rescaling, "
        "mixing of units, unseen inputs, dead units, rotation, or no symmetry.",
        _kernels,
        "kernels",
    ),
    Drawing(
        "losses",
        "Test against training loss, normalised",
        "pnas20",
        (
            "pnas20/fig2-left",
            "pnas20/fig2-right",
            "pnas20/fig2-random",
            "pnas20/fig2-ranking",
            "pnas20/fig2-small-offset",
            "pnas20/small-gap-normalised",
        ),
        "The paper’s Fig. 2 again, on handwritten digits: 24 networks with three layers and no training error, from "
        "starts of three sizes. Left: the losses as they are; the smaller training losses go with the larger test "
        "losses. Middle: divided by the product of the norms of their layers they lie on a line of slope about one. "
        "Networks that learnt random labels (squares), whose test error is that of guessing, lie at the top right. "
        "Right: ONE of the networks, with the divisors of all 24. It makes such a line by itself, on the ray towards "
        "(log 10, log 10), where every network ends that is divided by a large number: the line shows that divisors "
        "vary, not that training loss predicts test loss.",
        "Left: 24 points of test over training loss without a rising trend. Middle: the same networks normalised, "
        "close to the diagonal on a line, random labels at its upper end. Right: one network under 24 divisors, on "
        "a line as well.",
        _losses,
        "losses",
    ),
    Drawing(
        "margin",
        "The margin along the flow",
        "pnas20",
        (
            "pnas20/fig3-theory",
            "pnas20/lemma3-monotone",
            "pnas20/limit-margin-increases",
            "pnas20/eq10",
            "pnas20/separability-persistence",
            "pnas20/ranking-wlog",
            "memo90/sec8-margin",
        ),
        "Left: a ReLU network with six units under the exponential loss, on images of handwritten digits, odd against "
        "even, followed to t = 10^100 as a Filippov flow; circles mark where another image, whose number is given, "
        "becomes the support vector, as in the paper’s Fig. 3. Here the margin rises throughout. Right: that "
        "is no law. One linear layer begins at the largest margin with small weights; while all six examples weigh "
        "alike the margin falls, though each is on its right side, and later comes back. The smoothed margin, "
        "−log(N L)/ρ, is dashed: it never exceeds the margin.",
        "Left: the margin on digits rises over log time and passes through several changes of the support vector "
        "after separation. Right: a margin that falls from its largest value and returns to it.",
        _margin,
        "margin",
    ),
)
