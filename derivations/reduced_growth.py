"""How the norms of one example's network grow: the reduced equations, their closed forms, and what they tend to.

Notation is that of `norm_growth`, which lists these derivations.
"""

from __future__ import annotations

from functools import cache

import sympy

from .book.derivation import Assumed, Derivation, Step, definition, identity, theorem
from .structural_lemma import PIECEWISE_LINEAR

F, R_LAYER, R, T = sympy.symbols(r"\tilde{f} r R t", positive=True)
K = sympy.Symbol("K", positive=True)
ONE = {"examples": 1, "loss": "exponential", "weight_decay": 0, **PIECEWISE_LINEAR}
AT_REST = {**ONE, "at": "stationary-direction", "start": "equal-norms", "flow": "gradient"}
LOG = sympy.Symbol(r"\log{R}", positive=True)


def layer_speed(shared: bool = False) -> sympy.Expr:
    """r' = f r^(K-1) e^(-f r^K), K times as much for one shared parameter."""
    return (K if shared else 1) * F * R_LAYER ** (K - 1) * sympy.exp(-F * R_LAYER**K)


def loss_inverse_speed(shared: bool = False) -> sympy.Expr:
    """R' = d/dt exp(f r^K) by the chain rule."""
    return sympy.diff(sympy.exp(F * R_LAYER**K), R_LAYER) * layer_speed(shared)


def closed_form(shared: bool = False, power: int = 1) -> sympy.Expr:
    """K^p f^(2/K) (log R)^(2 - 2/K)."""
    return K ** (power + shared) * F ** (2 / K) * LOG ** (2 - 2 / K)


@cache
def equal_norms() -> Derivation:
    rho1 = sympy.Symbol(r"\rho_k", positive=True)
    law = identity(
        "law",
        (F * rho1**K * sympy.exp(-F * rho1**K) / rho1).subs(rho1, R_LAYER),
        layer_speed(),
        uses=("norm_growth.one_example",),
        latex=r"\dot r = \tilde f\,r^{K-1}e^{-\tilde f r^K}",
        reason="Put rho_k = r and rho = r^K in the law of one example.",
    )
    growth = identity(
        "growth",
        loss_inverse_speed(),
        K * F**2 * R_LAYER ** (2 * K - 2),
        uses=("law",),
        latex=r"\frac{d}{dt}e^{\tilde f r^K} = K\tilde f^2 r^{2K-2}",
        reason="Chain rule; the exponentials cancel.",
    )
    return Derivation(
        "norm_growth.equal_norms",
        "Equal norms of K independent layers",
        ("memo90/eq55-prefactor", "memo90/eq55-argument", "memo90/eq56"),
        "The memo's (55) has the prefactor K f r^{K-1} and (56) K^2. Its starting point, (53), gives f r^{K-1} "
        "and K: each "
        "layer moves by its own derivative. The factor K more belongs to one parameter shared by all layers, see "
        "norm_growth.shared_norm. The exponent is rho = r^K in both.",
        (law, growth),
        "d(exp(y[1]*f[1])) == K*fV[1]**2*rho[k]**(2*K-2)",
        {"k": "1..K"},
        AT_REST,
    )


def _closed(shared: bool) -> Step:
    power = (LOG / F) ** (1 / K)
    front_k = K ** (2 if shared else 1)
    return identity(
        "closed",
        front_k * F**2 * power ** (2 * K - 2),
        closed_form(shared),
        uses=("growth",),
        latex=rf"\dot R = K{'^2' if shared else ''}\,\tilde f^{{2/K}}(\log R)^{{2-2/K}}",
        reason="r^K = log R / f, so r^{2K-2} = (log R / f)^{2-2/K}.",
    )


@cache
def inverse_loss() -> Derivation:
    growth = identity(
        "growth",
        loss_inverse_speed(),
        K * F**2 * R_LAYER ** (2 * K - 2),
        uses=("norm_growth.equal_norms",),
        latex=r"\dot R = K\tilde f^2 r^{2K-2},\qquad R = e^{\tilde f r^K}",
        reason="As before.",
    )
    return Derivation(
        "norm_growth.inverse_loss",
        "The equation of R = exp(rho f)",
        ("memo90/eq57",),
        "One scalar equation for the inverse of the loss. With independent layers the factor is K; the memo's "
        "K^2 is that of "
        "a shared norm.",
        (growth, _closed(False)),
        "d(exp(y[1]*f[1])) == K*abs(fV[1])**(2/K)*(y[1]*f[1])**(2-2/K)",
        {},
        AT_REST,
        r"\dot R = K\,\tilde f^{2/K}(\log R)^{2-2/K}",
    )


@cache
def shared_norm() -> Derivation:
    law = identity(
        "law",
        -sympy.diff(sympy.exp(-F * R_LAYER**K), R_LAYER),
        layer_speed(True),
        latex=r"\dot r = -\frac{d}{dr}e^{-\tilde fr^K} = K\tilde f\,r^{K-1}e^{-\tilde fr^K}",
        reason="Descent in r itself: every one of the K factors contributes.",
    )
    growth = identity(
        "growth",
        loss_inverse_speed(True),
        K**2 * F**2 * R_LAYER ** (2 * K - 2),
        uses=("law",),
        latex=r"\frac{d}{dt}e^{\tilde f r^K} = K^2\tilde f^2 r^{2K-2}",
        reason="Chain rule.",
    )
    return Derivation(
        "norm_growth.shared_norm",
        "One norm shared by all layers",
        ("memo90/eq55-prefactor", "memo90/eq56", "memo90/eq57"),
        "The reading under which the memo's (55), (56), (57) are right as printed, but for the exponent: it "
        "writes rho_k f "
        "where rho f = r^K f is meant.",
        (law, growth, _closed(True)),
        "",
        {},
        {},
        r"\dot R = K^2\,\tilde f^{2/K}(\log R)^{2-2/K}",
    )


@cache
def one_layer() -> Derivation:
    speed = identity(
        "speed",
        closed_form().subs(K, 1),
        F**2,
        latex=r"\dot R = \tilde f^2\qquad(K=1)",
        uses=("norm_growth.inverse_loss",),
        reason="The power of the logarithm is 0.",
    )
    solution = identity(
        "solution",
        sympy.diff(F**2 * T + sympy.Symbol("C"), T),
        F**2,
        uses=("speed",),
        latex=r"R(t) = \tilde f^2t + C,\qquad \rho = \tfrac1{\tilde f}\log(\tilde f^2t + C)",
        reason="Integrate.",
    )
    return Derivation(
        "norm_growth.one_layer",
        "One layer: logarithmic growth",
        ("memo90/sec14-K1", "pnas20/one-layer-log"),
        "R is linear in t exactly, so rho = log(f^2 t + C)/f: logarithmic, with the factor 1/f, the inverse of "
        "the margin.",
        (speed, solution),
        "",
        {},
        {},
        r"\rho(t) = \tfrac{1}{\tilde f}\log(\tilde f^2 t + C)",
    )


def _implicit(name: str, antiderivative: sympy.Expr, density: sympy.Expr, latex: str, used: tuple[str, ...]) -> Step:
    return identity(
        name,
        sympy.diff(antiderivative, R),
        density,
        latex=latex,
        uses=used,
        reason="An antiderivative of 1/speed, so its value along the solution grows at a constant rate.",
    )


@cache
def two_layers() -> Derivation:
    speed = identity(
        "speed",
        closed_form().subs(K, 2),
        2 * F * LOG,
        latex=r"\dot R = 2\tilde f\,\log R\qquad(K=2)",
        uses=("norm_growth.inverse_loss",),
        reason="Put K = 2.",
    )
    primitive = _implicit(
        "primitive", sympy.li(R), 1 / sympy.log(R), r"\frac{d}{dR}\mathrm{li}(R) = \frac1{\log R}", ("speed",)
    )
    solved = theorem(
        "solved",
        "scalar autonomous equation",
        r"R(t) = \mathrm{li}^{-1}(2\tilde f\,t + C)",
        given={"positive speed": Assumed("domain", "R > 1, that is f > 0")},
        uses=("primitive",),
        reason="Separate the variables.",
    )
    return Derivation(
        "norm_growth.two_layers",
        "Two layers: the logarithmic integral",
        ("memo90/sec14-K2-li", "memo90/sec14-li-def"),
        "The memo has f K^2 t = 4 f t, the rate of a shared norm; two layers that move by themselves give 2 f t. "
        "li is the "
        "principal value integral from 0; its definition as printed omits that.",
        (speed, primitive, solved),
        "",
        {},
        {},
        r"R(t) = \mathrm{li}^{-1}(2\tilde f\,t + C)",
    )


@cache
def many_layers() -> Derivation:
    primitive = _implicit(
        "primitive",
        sympy.li(R) - R / sympy.log(R),
        1 / sympy.log(R) ** 2,
        r"\frac{d}{dR}\Big(\mathrm{li}(R) - \frac{R}{\log R}\Big) = \frac1{(\log R)^2}",
        (),
    )
    u = sympy.Symbol("u")  # 1/K
    limit = identity(
        "exponent",
        (2 - 2 * u).subs(u, 0),
        2,
        latex=r"2 - \tfrac2K \to 2,\qquad \tilde f^{2/K}\to1",
        uses=("norm_growth.inverse_loss",),
        reason="The equation tends to R' = K (log R)^2 in the time K t.",
    )
    solved = theorem(
        "solved",
        "scalar autonomous equation",
        r"\frac{dR}{ds} = (\log R)^2 \Rightarrow R = \mathcal L^{-1}(s + C),\quad s = K t",
        given={"positive speed": Assumed("domain", "R > 1")},
        uses=("primitive", "exponent"),
        reason="Separate the variables in the rescaled time.",
    )
    return Derivation(
        "norm_growth.many_layers",
        "Many layers",
        ("memo90/sec14-Lz", "memo90/sec14-alpha-inf"),
        "The memo's alpha = lim f^{2/K} K^2 is infinite, so its limit does not exist in the time t. It exists in "
        "the time s = K t "
        "(K^2 t for a shared norm), where alpha is 1; L(z) = li(z) - z/log z is right.",
        (primitive, limit, solved),
        "",
        {},
        {},
        r"R = \mathcal L^{-1}(s + C),\qquad \mathcal L(z) = \mathrm{li}(z) - z/\log z",
    )


# ---- two layers with different norms


@cache
def two_unequal_layers() -> Derivation:
    p, q, g = sympy.symbols(r"\rho_1 \rho_2 \gamma", positive=True)
    speed = {p: q * F / g, q: p * F / g}  # e^{-rho f} = 1/gamma

    def rate(e: sympy.Expr) -> sympy.Expr:
        return sum(sympy.diff(e, v) * w for v, w in speed.items())

    log_g = sympy.Symbol(r"\log\gamma", positive=True)
    radial = identity(
        "radial",
        rate((p**2 + q**2) / 2),
        2 * log_g / g,
        modulo=(log_g - p * q * F,),
        latex=r"r\dot r = 2\,\frac{\log\gamma}{\gamma},\qquad r^2=\rho_1^2+\rho_2^2,\ \gamma=e^{\rho_1\rho_2\tilde f}",
        uses=("norm_growth.one_example",),
        reason="Add the two laws; rho f = log gamma.",
    )
    gamma = identity(
        "gamma",
        g * F * rate(p * q),
        F**2 * (p**2 + q**2),
        latex=r"\dot\gamma = \tilde f^2r^2",
        uses=("radial",),
        reason="Chain rule.",
    )
    hyperbola = identity(
        "hyperbola",
        rate(p**2 - q**2),
        0,
        latex=r"\frac{d}{dt}(\rho_1^2-\rho_2^2) = 0",
        uses=("radial",),
        reason="The conserved difference of squares.",
    )
    delta = sympy.Symbol(r"\delta")
    closed = identity(
        "closed",
        (p**2 + q**2) ** 2,
        delta**2 + 4 * log_g**2 / F**2,
        modulo=(delta - (p**2 - q**2), log_g - p * q * F),
        uses=("gamma", "hyperbola"),
        latex=r"\dot\gamma = \tilde f^2\sqrt{\delta^2 + 4(\log\gamma)^2/\tilde f^2},\qquad \delta=\rho_1^2-\rho_2^2",
        reason="r^4 = (rho_1^2 - rho_2^2)^2 + 4 rho_1^2 rho_2^2, and the first square is constant.",
    )
    return Derivation(
        "norm_growth.two_unequal_layers",
        "Two layers with different norms",
        ("memo90/eq54-r", "memo90/eq54-gamma", "memo90/sec14-eq54-coupled"),
        "The memo's (54) is right. It is not the best one can do: with the conserved difference the pair of equations "
        "becomes one.",
        (radial, gamma, hyperbola, closed),
        "",
        {},
        {**ONE, "layers": 2},
        r"\dot\gamma = \tilde f^2r^2,\quad r\dot r = 2\log\gamma/\gamma",
    )


@cache
def product_is_asymptotic_to_log() -> Derivation:
    a, c = sympy.symbols("a c", positive=True)
    log_r = sympy.log(R)
    start = definition(
        "speed",
        r"\dot R = c\,(\log R)^a,\qquad c = K\tilde f^{2/K},\ a = 2-\tfrac2K",
        reason="Equal norms, one example.",
        uses=("norm_growth.inverse_loss",),
    )
    infinite = theorem(
        "diverges",
        "scalar autonomous equation",
        r"R(t)\to\infty",
        given={"positive speed": Assumed("domain", "R > 1 at the start")},
        uses=("speed",),
        reason="Its speed is at least the speed at the start.",
    )
    slope = identity(
        "slope",
        sympy.diff(R * log_r**-a, R) * c * log_r**a,
        c * (1 - a / log_r),
        uses=("speed",),
        latex=r"\frac{d}{dt}\,\frac{R}{(\log R)^a} = c\Big(1 - \frac{a}{\log R}\Big) \to c",
        reason="Chain rule; the logarithm tends to infinity.",
    )
    size = theorem(
        "size",
        "l'Hopital",
        r"\frac{R}{(\log R)^a\,t} \to c",
        given={"denominator diverges": Assumed("domain", "t does"), "limit of derivatives": slope},
        uses=("diverges",),
        reason="Quotient with t; log R tends to infinity with R.",
    )
    last = theorem(
        "ratio",
        "l'Hopital",
        r"\frac{\log R}{\log t} \to \lim \frac{t\,c(\log R)^a}{R} = 1",
        given={"denominator diverges": Assumed("domain", "log t does"), "limit of derivatives": size},
        reason="The quotient of the rates of log R and log t is the inverse of the quotient before, times c.",
    )
    return Derivation(
        "norm_growth.product_is_asymptotic_to_log",
        "The product of the norms grows like log t for every K",
        (
            "memo90/sec14-faster-than-log",
            "memo90/sec12.2-product-faster",
            "memo90/sec14-layer-slower",
            "pnas20/thm4-6-product",
            "pnas20/thm4-6-layer",
            "memo90/sec14-larger-K-faster",
        ),
        "rho f = log R, so rho is asymptotic to (log t)/f whatever K is. 'Faster than logarithmically' is true of the "
        "difference, f rho - log t ~ (2 - 2/K) log log t, and false of the ratio. Each layer, r = rho^{1/K}, "
        "does diverge "
        "more slowly than log t.",
        (start, infinite, slope, size, last),
        "",
        {},
        {},
        r"\rho(t)\sim\frac{\log t}{\tilde f},\qquad \rho_k\sim\rho^{1/K}",
    )
