r"""What shallow and deep networks can approximate, and with how many units.

**Main results.** pnas20/thm2, thm3, def-Pkn, thm2-approx, thm3-approx (`polynomials`, `ridges`); fig1-nodes,
Tkn-subset-Pkn, Tkn-dimension, compositional-sparse, disc-min-parameters (`trees`); sec2-avoid-curse, sec2-locality,
params-lower-deep, fig1-universal and memo90/sec8-approximation (`separation`); thm1-shallow, thm1-deep, thm1-trees,
abs-exponential-cost, smoothness-reduces (`rates`); thm1-relu, relu-square-smooth, relu-square-yarotsky,
free-knot-splines, poly-dense, universal-shallow (`rectifiers`).

**Notation.**

============  ======================================================================  ==============
symbol        meaning                                                                 Python
============  ======================================================================  ==============
n             variables of the target, leaves of its tree                             variables
k             degree of a polynomial, of a constituent                                degree
l             levels of a binary tree, n = 2^l                                        levels
P^n_k         polynomials in n variables of degree at most k                          exponents
T^n_k         compositions along the complete binary tree of bivariate P^2_k          `trees.compose`
sigma, N      activation; units of a network                                          units
epsilon       accuracy, in the maximum over a compact set                             accuracy
============  ======================================================================  ==============

**Conventions.** A shallow network with N units is sum_i a_i sigma(w_i.x + b_i); a bias is the weight of an input that
is constant. In a deep network every node of the tree is such a network of two variables and hands on one value. Errors
are largest errors on a compact set; domains contain the cube [-1, 1]^n.

**References.** H. Mhaskar, T. Poggio, Deep vs. shallow networks, Analysis and Applications 14 (2016); H. Mhaskar,
Neural Computation 8 (1996); D. Yarotsky, Neural Networks 94 (2017); A. Pinkus, Acta Numerica 8 (1999).
"""

from __future__ import annotations

from . import polynomials, rates, rectifiers, ridges, separation, trees

DERIVATIONS = (
    *polynomials.DERIVATIONS,
    *trees.DERIVATIONS,
    *ridges.DERIVATIONS,
    *separation.DERIVATIONS,
    *rates.DERIVATIONS,
    *rectifiers.DERIVATIONS,
)
