"""What is trusted: every theorem that a derivation may apply without proving it.

A name, the statement in words, the hypotheses that an application has to supply, and where a proof stands.
Nothing else is taken on faith; a derivation that wants more adds a line here, where a reviewer sees it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trusted:
    """A theorem of the literature.

    Attributes:
        statement: the theorem, in words and LaTeX.
        hypotheses: short names of what an application must supply.
        reference: where the proof stands.
    """

    statement: str
    hypotheses: tuple[str, ...]
    reference: str


TRUST: dict[str, Trusted] = {
    "induction": Trusted(
        "A statement that holds for the first case and passes from each case to the next holds for all.",
        ("base", "step"),
        "Peano's axioms",
    ),
    "chain rule": Trusted(
        r"$\frac{d}{dt}g(u(t)) = \langle \nabla g(u(t)), \dot u(t)\rangle$ for differentiable $g$ and $u$.",
        ("differentiable",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 9.15",
    ),
    "product rule": Trusted(
        r"$(gh)' = g'h + gh'$ for differentiable $g$ and $h$.",
        ("differentiable",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 5.3",
    ),
    "constant gates": Trusted(
        "The activation pattern of a piecewise linear network is constant on a neighbourhood of every point at "
        "which no pre-activation is zero, because pre-activations are continuous.",
        ("off the kinks",),
        "continuity of a composition, W. Rudin, Principles of Mathematical Analysis, Thm 4.7",
    ),
    "linearity": Trusted(
        "A derivation of an algebra is linear, so its value on a sum, or along a sum of vector fields, is the "
        "sum of its values.",
        ("summands",),
        "N. Bourbaki, Algebra I, Ch. III, 10",
    ),
    "multiplier rule": Trusted(
        "Steepest descent inside the sphere is the gradient projected on the tangent space; the normal "
        "component is taken away by a multiple of the gradient of the constraint.",
        ("tangency",),
        "J. M. Lee, Introduction to Smooth Manifolds, Prop. 5.38",
    ),
    "specialisation": Trusted(
        "An identity in a polynomial ring modulo relations stays true when the letters get values that satisfy the "
        "relations; so does one between fractions, where no denominator is zero.",
        ("relations respected",),
        "S. Lang, Algebra, II.3 (universal property of polynomial rings)",
    ),
    "positive sums": Trusted(
        "Sums and products of positive numbers are positive.", ("positive factors",), "axioms of an ordered field"
    ),
    "monotone logarithm": Trusted(
        r"$0 < a \le b$ gives $\log a \le \log b$.", ("order",), "W. Rudin, Principles of Mathematical Analysis, 8.6"
    ),
    "arithmetic and geometric mean": Trusted(
        r"$a_1+\dots+a_K \ge K(a_1\cdots a_K)^{1/K}$ for nonnegative numbers, with equality for equal ones only.",
        ("nonnegative numbers",),
        "G. Hardy, J. Littlewood, G. Polya, Inequalities, Thm 9",
    ),
    "Cauchy-Schwarz": Trusted(
        r"$\langle a,b\rangle^2 \le |a|^2|b|^2$, with equality for parallel vectors only.",
        ("inner product",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 1.35",
    ),
    "mean value theorem": Trusted(
        "A function whose derivative is zero on an interval is constant there.",
        ("derivative zero",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 5.11",
    ),
    "fundamental theorem of calculus": Trusted(
        r"If $F' = g$ with $g$ continuous, $F(b) - F(a) = \int_a^b g$.",
        ("antiderivative",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 6.21",
    ),
    "scalar autonomous equation": Trusted(
        r"If $\dot R = g(R)$ with $g$ smooth and positive on $[R_0,\infty)$, then $R$ increases, "
        r"$\int_{R_0}^{R(t)} ds/g(s) = t$, and $R\to\infty$, at a finite time exactly if the integral converges.",
        ("positive speed",),
        "V. I. Arnold, Ordinary Differential Equations, 1.2",
    ),
    "l'Hopital": Trusted(
        "If the denominator tends to infinity and the quotient of the derivatives has a limit, the quotient has "
        "the same limit.",
        ("denominator diverges", "limit of derivatives"),
        "W. Rudin, Principles of Mathematical Analysis, Thm 5.13",
    ),
    "Gronwall": Trusted(
        r"$\dot u \le a u$ on an interval gives $u(t) \le u(0)e^{at}$ there.",
        ("differential inequality",),
        "P. Hartman, Ordinary Differential Equations, Thm III.1.1",
    ),
    "rank and nullity": Trusted(
        "A linear map of rank at most r on a space of dimension p has a kernel of dimension at least p - r.",
        ("number of equations",),
        "S. Lang, Algebra, III.5",
    ),
    "rank of a product": Trusted(
        "The rank of a product of matrices is at most that of each factor, hence at most each of the sizes they share.",
        ("factors",),
        "S. Lang, Algebra, XIII.4",
    ),
    "extreme values": Trusted(
        "A continuous function on a compact set that is positive at every point is bounded away from zero.",
        ("continuous on a compact set", "positive at every point"),
        "W. Rudin, Principles of Mathematical Analysis, Thm 4.16",
    ),
    "convex descent": Trusted(
        "A differentiable, strictly convex function with bounded sublevel sets has exactly one stationary point, its "
        "minimum, and the gradient flow from every start converges to it.",
        ("strictly convex", "bounded sublevel sets"),
        "J. M. Borwein, A. S. Lewis, Convex Analysis and Nonlinear Optimization, 2.1, with L as a Lyapunov function",
    ),
    "linear flow": Trusted(
        r"$\dot u = -Au$ with $A$ symmetric positive semidefinite converges to the projection of $u(0)$ on $\ker A$.",
        ("symmetric equation",),
        "V. I. Arnold, Ordinary Differential Equations, 3.14",
    ),
    "spectral theorem": Trusted(
        r"A symmetric matrix has an orthonormal basis of eigenvectors; on an invariant subspace where its eigenvalues "
        r"are at least $a > 0$ its inverse shrinks lengths by $a$ or more.",
        ("symmetric matrix",),
        "S. Axler, Linear Algebra Done Right, Thm 7.29",
    ),
    "second-order condition": Trusted(
        "At a local minimum of a twice differentiable function the Hessian has no negative eigenvalue.",
        ("local minimum",),
        "J. Nocedal, S. Wright, Numerical Optimization (2006), Thm 2.3",
    ),
    "convexity": Trusted(
        "A stationary point of a convex differentiable function is a global minimum.",
        ("convex function",),
        "S. Boyd, L. Vandenberghe, Convex Optimization, 4.2.3",
    ),
    "logarithm bounds": Trusted(
        r"$x/(1+x) \le \log(1+x) \le x$ for $x > -1$.",
        ("positive number",),
        "G. Hardy, J. Littlewood, G. Polya, Inequalities, 4.1",
    ),
    "Moore-Penrose": Trusted(
        r"A real matrix has exactly one pseudoinverse: $AA^+A=A$, $A^+AA^+=A^+$, $AA^+$ and $A^+A$ symmetric.",
        ("real matrix",),
        "R. Penrose, Proc. Cambridge Phil. Soc. 51 (1955), Thm 1",
    ),
    "too many zeros": Trusted(
        "A polynomial in one variable with more zeros than its degree is the zero polynomial.",
        ("degree", "zeros"),
        "S. Lang, Algebra, Thm IV.1.4",
    ),
    "monomials": Trusted(
        "Distinct monomials are linearly independent, and a polynomial over an infinite field that vanishes at "
        "every point is zero.",
        ("polynomial",),
        "S. Lang, Algebra, Cor. IV.1.7",
    ),
    "max-margin bias": Trusted(
        r"One linear layer on linearly separable data under the exponential or logistic loss: the gradient flow from "
        r"every start has $L\to0$, $w/|w|\to\hat u$, the hard-margin direction, and $|w|=\log t/\gamma+O(\log\log t)$ "
        r"with $\gamma$ the largest margin.",
        ("one linear layer", "separable data", "exponential tail", "gradient flow without decay"),
        "D. Soudry, E. Hoffer, M. S. Nacson, S. Gunasekar, N. Srebro, JMLR 19 (2018), Thm 3 and Thm 7",
    ),
    "deep max-margin bias": Trusted(
        r"A linear network that separates the data at the start, under the exponential or logistic loss: along the "
        r"gradient flow $L\to0$, every $|W_k|\to\infty$ and $W_k/|W_k|$ converges, "
        r"$W_K\cdots W_1/(|W_K|\cdots|W_1|)\to\hat u^T$, the hard-margin direction, and "
        r"$\min_n y_nf_n\sim\log t$.",
        ("deep linear network", "separating start", "exponential tail", "gradient flow without decay"),
        "Z. Ji, M. Telgarsky, ICLR 2019 (arXiv 1810.02032), Thm 2.2; K. Lyu, J. Li, ICLR 2020 (arXiv 1906.05890), "
        "Thm 4.4 and its rates, whose KKT condition of a linear network is that of the hard margin; Ji and Telgarsky "
        "2020 for the directions",
    ),
    "residual of max-margin bias": Trusted(
        r"One linear layer as in 'max-margin bias', with support vectors that are linearly independent and have "
        r"positive multipliers $\alpha_n$: $w-\hat w\log t$ converges, $\hat w=\sum\alpha_nz_n$ with "
        r"$\min_n z_n\cdot\hat w=1$, and the losses of single examples become proportional to $\alpha_n$.",
        ("one linear layer", "independent support vectors with positive multipliers", "gradient flow without decay"),
        "D. Soudry, E. Hoffer, M. S. Nacson, S. Gunasekar, N. Srebro, JMLR 19 (2018), Thm 4",
    ),
    "loss below one example": Trusted(
        r"A network that is homogeneous in its weights and definable in an o-minimal structure (linear, rectified, "
        r"leaky, powers), under the exponential or logistic loss, from weights where $L$ is below $\ell(0)$, the loss "
        r"of one example at output 0: along every solution of $\dot W\in-\partial L(W)$ (Clarke) $L\to0$, "
        r"$|W|\to\infty$, $W/|W|$ converges, $\lim\min_ny_nf_n/|W|^D>0$ with $D$ the degree of homogeneity, and "
        r"$L=\Theta(t^{-1}(\log t)^{2/D-2})$, so that $|W|=\Theta((\log t)^{1/D})$.",
        (
            "homogeneous and definable network",
            "loss below one example",
            "exponential tail",
            "gradient flow without decay",
        ),
        "K. Lyu, J. Li, ICLR 2020 (arXiv 1906.05890), Thm 4.1 and App. A to E; Z. Ji, M. Telgarsky, NeurIPS 2020 "
        "(arXiv 2006.06657), Thm 3.1",
    ),
    "descent of tame functions": Trusted(
        r"A locally Lipschitz function $L$ that is definable in an o-minimal structure: for every initial point there "
        r"is a solution of $\dot W\in-\partial L(W)$ in the sense of Clarke, and $\frac d{dt}L(W)=-|\dot W|^2$ for "
        r"almost all $t$ along every one; if $L$ is bounded below, solutions exist for all times and $L$ converges.",
        ("definable loss, bounded below", "gradient flow"),
        "D. Davis, D. Drusvyatskiy, S. Kakade, J. Lee, Found. Comput. Math. 20 (2020), Thm 5.8 and Lemma 5.2; "
        "A. Filippov, Differential Equations with Discontinuous Righthand Sides, 2.7",
    ),
    "order of limits": Trusted(
        "If every term of a convergent sequence is at most zero, so is its limit.",
        ("no positive term",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 3.19",
    ),
    "sign patterns of polynomials": Trusted(
        r"$m \ge D$ polynomials of degree at most $d$ in $D$ variables have at most $2(2emd/D)^D$ patterns of signs.",
        ("polynomials in the weights",),
        "H. Warren, Trans. AMS 133 (1968); M. Anthony, P. Bartlett, Neural Network Learning, Thm 8.3",
    ),
    "uniform convergence": Trusted(
        r"If classifiers take at most $m(N)$ patterns of right and wrong on $N$ examples, then for examples drawn "
        r"independently from any one distribution, with probability at least $1 - 8m(N)e^{-N\epsilon^2/32}$ the shares "
        r"of wrong ones on the examples and in the distribution differ by at most $\epsilon$ for all classifiers at "
        r"once.",
        ("bound on the patterns", "independent examples"),
        "V. Vapnik, A. Chervonenkis 1971; L. Devroye, L. Gyorfi, G. Lugosi, A Probabilistic Theory of Pattern "
        "Recognition, Thm 12.5",
    ),
    "Rolle": Trusted(
        "Between two zeros of a differentiable function lies a zero of its derivative; a function whose derivative of "
        "order m has no zero on an interval has at most m zeros there.",
        ("derivative without zeros",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 5.10, m times",
    ),
    "Taylor": Trusted(
        r"$|g(s) - \sum_{m\le k} g^{(m)}(0)s^m/m!| \le \max|g^{(k+1)}|\,|s|^{k+1}/(k+1)!$ for $k+1$ times continuously "
        "differentiable $g$, the maximum between 0 and s.",
        ("differentiable",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 5.15",
    ),
    "intermediate values": Trusted(
        "A continuous real function on a connected set that takes values of both signs has a zero.",
        ("continuous on a connected set", "both signs"),
        "W. Rudin, Principles of Mathematical Analysis, Thms 4.22 and 4.23",
    ),
    "uniform continuity": Trusted(
        "A continuous function on a compact set is uniformly continuous; so the composition of uniform limits of "
        "continuous functions is the uniform limit of the compositions.",
        ("continuous on a compact set",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 4.19",
    ),
    "integration by parts": Trusted(
        r"$\int f\,\partial_i\varphi = -\int \partial_i f\,\varphi$ for smooth $f$ and smooth $\varphi$ of compact "
        r"support; for $f(x) = g(w\cdot x)$ with $g$ continuous, $\int f\,\partial^\alpha\varphi = w^\alpha c$ with a "
        r"number $c$ that depends on $|\alpha|$ alone.",
        ("smooth test function",),
        "L. Hoermander, The Analysis of Linear Partial Differential Operators I, 3.1, with smooth approximations of g",
    ),
    "closed rank": Trusted(
        "The limit of matrices of rank at most r has rank at most r, because minors are continuous.",
        ("bounded rank",),
        "J. Harris, Algebraic Geometry, Lecture 9",
    ),
    "rank of the Jacobian": Trusted(
        "The image of a polynomial map has as its dimension the largest rank of the Jacobian, which is its rank at "
        "almost every point and at no point exceeded.",
        ("polynomial map",),
        "R. Hartshorne, Algebraic Geometry, III.10 (generic smoothness)",
    ),
    "polynomial of a polynomial": Trusted(
        r"If $q = R(h)$, where defined, with polynomials $q$ and $h$ in several variables, $h$ not constant, and a "
        r"rational function $R$, then $R$ is a polynomial and $\deg q = \deg R\,\deg h$.",
        ("rational function",),
        "S. Lang, Algebra, VI.2 (fundamental theorem): h takes every complex value, near a pole of R too, where q is "
        "bounded",
    ),
    "Jackson": Trusted(
        r"For $f$ with continuous derivatives of order $m \ge 1$ on a neighbourhood of a cube in $\mathbb R^n$ and "
        r"every $k$ there is a polynomial of degree at most $k$ that differs from $f$ by at most $c\,k^{-m}$ on the "
        r"cube, $c$ from $n$, $m$ and bounds for the derivatives; for $m = 1$ it is enough that $f$ is Lipschitz.",
        ("derivatives of order m",),
        "T. Bagby, L. Bos, N. Levenberg, Constr. Approx. 18 (2002), Thm 1; D. Newman, H. Shapiro, Jackson's theorem in "
        "higher dimensions (1964); Lipschitz functions are uniform limits of smooth ones with the same constant",
    ),
    "zeros of exponential sums": Trusted(
        r"$\sum_{i\le N} a_ie^{w_it}$ with real $a_i$, $w_i$ is identically zero or has at most $N-1$ real zeros.",
        ("exponential sum",),
        "G. Polya, G. Szego, Problems and Theorems in Analysis II, Part V, 75",
    ),
    "Weierstrass": Trusted(
        "On a compact subset of a Euclidean space the polynomials are dense in the continuous functions.",
        ("compact set",),
        "W. Rudin, Principles of Mathematical Analysis, Thm 7.32 (Stone-Weierstrass)",
    ),
    "approximation by ridge functions": Trusted(
        r"Among functions on the unit ball of $\mathbb R^n$, $n\ge2$, whose derivatives of order $m$ have mean square "
        r"at most 1, some are at a distance of at least $c\,N^{-m/(n-1)}$, $c>0$, from every sum of $N$ ridge "
        r"functions, in mean square.",
        ("ridge functions",),
        "V. Maiorov, J. Approx. Theory 99 (1999), Thm 1",
    ),
}
