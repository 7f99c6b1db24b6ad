"""Formulas as the papers print them."""

import pytest

from verify.formula import parse, to_latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("rho[k]", r"\rho_{k}"),
        ("lam[k]", r"\lambda_{k}"),
        ("f[n]", r"f(W; x_{n})"),
        ("fV[n]", r"f(V; x_{n})"),
        ("W[k].T @ W[k]", r"W_{k}^{\top}\, W_{k}"),
        ("d(rho[k])", r"\dot{\rho}_{k}"),
        ("d_constrained(V[k])", r"\dot{V}_{k}\Big|_{\mathrm{constr}}"),
        ("2/N", r"\frac{2}{N}"),
        ("L**2", "L^{2}"),
        ("rho[k]**2", r"\rho_{k}^{2}"),
        ("(L + 1)*2", r"\left(L + 1\right) \cdot 2"),
        ("exp(-y[n]*f[n])", r"e^{-y_{n}\, f(W; x_{n})}"),
        ("sum(m, y[m])", r"\sum_{m=1}^{N} y_{m}"),
        ("sum(m, f[m])**2", r"\left(\sum_{m=1}^{N} f(W; x_{m})\right)^{2}"),
        ("min(m, y[m])", r"\min_{m} y_{m}"),
        ("grad(L, W[k])", r"\frac{\partial L}{\partial W_{k}}"),
        ("hess(L, V)", r"\nabla^2_{V} L"),
        ("norm(V[k]) == 1", r"\left\|V_{k}\right\| = 1"),
        ("limit(V[k]) == svm", r"\lim_{t\to\infty} V_{k} = {w^{*}}"),
        ("L <= 1 and L != 0", r"L \le 1 \;\wedge\; L \neq 0"),
        ("implies(L < 1, L > 0)", r"L < 1 \;\Longrightarrow\; L > 0"),
        ("conserved(L)", r"L\text{ is conserved}"),
        ("asymptotic(rho, log(t))", r"\rho \sim \log\left(t\right)"),
    ],
)
def test_prints(text, latex):
    assert to_latex(parse(text, indices=["k", "n"])) == latex


def test_a_measured_name_is_upright_and_escaped():
    assert to_latex(parse("test_error", quantities={"test_error"})) == r"\mathit{test\_error}"
