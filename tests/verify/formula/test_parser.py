"""Text to tree: what is read, and what is refused with a caret under it."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.formula import FormulaError, parse
from verify.formula.nodes import (
    And,
    BinOp,
    Call,
    Compare,
    Grad,
    Hess,
    Indexed,
    Limit,
    Name,
    Neg,
    Num,
    Rate,
    Reduce,
    Transpose,
)


def num(value) -> Num:
    return Num(Fraction(value))


def refused(text: str, **keywords) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse(text, **keywords)
    return caught.value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("0.1", num("1/10")),
        ("1.5e2", num(150)),
        ("-L", Neg(Name("L"))),
        ("+L", Name("L")),
        ("W[1].T", Transpose(Indexed("W", num(1)))),
        ("W[1] @ x[2]", BinOp("@", Indexed("W", num(1)), Indexed("x", num(2)))),
        ("2*L**3", BinOp("*", num(2), BinOp("**", Name("L"), num(3)))),
        ("dot(x[1], x[2])", Call("dot", (Indexed("x", num(1)), Indexed("x", num(2))))),
        ("vec(W)", Call("vec", (Name("W"),))),
        ("diag(x[1])", Call("diag", (Indexed("x", num(1)),))),
        ("decay[2]", Indexed("decay", num(2))),
        ("grad(L)", Grad(Name("L"), None)),
        ("grad(L, W[1])", Grad(Name("L"), Indexed("W", num(1)))),
        ("grad(L, rho[1])", Grad(Name("L"), Indexed("rho", num(1)))),
        ("hess(L)", Hess(Name("L"), None, None, "W")),
        ("hess(L, V)", Hess(Name("L"), None, None, "V")),
        ("hess(L, V[1], V[2])", Hess(Name("L"), Indexed("V", num(1)), Indexed("V", num(2)), "V")),
        ("d(L)", Rate(Name("L"), None)),
        ("d_fixed_rho(L)", Rate(Name("L"), "fixed-rho")),
        ("limit(L)", Limit(Name("L"))),
        ("limit(L, decay)", Limit(Name("L"), "decay")),
    ],
)
def test_reads_each_form(text, tree):
    assert parse(text) == tree


def test_the_range_of_an_index_follows_from_its_use():
    over_examples = parse("sum(n, y[n]*f[n])")
    over_layers = parse("prod(k, rho[k])")
    assert isinstance(over_examples, Reduce) and isinstance(over_layers, Reduce)
    assert (over_examples.high, over_layers.high) == (Name("N"), Name("K"))
    assert over_examples.implicit and over_layers.implicit


def test_a_range_may_be_written_out():
    tree = parse("sum(i, 1, rows(W[1]), entry(W[1], i, 1))")
    assert isinstance(tree, Reduce) and not tree.implicit
    assert tree.high == Call("rows", (Indexed("W", num(1)),))


def test_chained_relations_become_a_conjunction():
    tree = parse("0 < L <= 1")
    assert tree == And((Compare("<", num(0), Name("L")), Compare("<=", Name("L"), num(1))))


def test_a_formula_may_take_several_lines():
    assert parse("L\n  == 2") == Compare("==", Name("L"), num(2))


def test_measured_quantities_replace_the_names_of_the_setting():
    tree = parse("slope > 4/5 and rho < 1", quantities={"slope", "rho"})
    assert isinstance(tree, And)
    assert "unknown name 'L'" in str(refused("L < 1", quantities={"slope"}))


@pytest.mark.parametrize(
    ("text", "message", "under"),
    [
        ("rho == roh", "unknown name 'roh'; did you mean 'rho'?", "roh"),
        ("d(roh[1]) == 1", "unknown name 'roh'; did you mean 'rho'?", "roh"),
        ("  L ==  mu", "unknown name 'mu'", "mu"),
        ("L == m", "an index is bound by 'for' or by a sum", "m"),
        ("L\n==\nmu", "unknown name 'mu'", "mu"),
        ("L == expp(1)", "did you mean 'exp'?", "expp"),
        ("L == f(1)", "write f[n]", "f(1)"),
        ("L == rho[1] + W", "'W' needs an index: write W[k]", "W"),
        ("L = 1", "write '=='", "= 1"),
        ("L == 1 = 2", "write '=='", "= 2"),
        ("L^2 == 1", "write '**'", "L^2"),
        ("L & rho", "join relations with 'and'", "L &"),
        ("L == 1 or rho == 1", "'or' is not part", "L == 1 or"),
        ("not L == 1", "'not' is not part", "not"),
        ("exp.__class__", "attribute '.__class__'", "exp"),
        ("W[1].shape", "attribute '.shape'", "W[1]"),
        ("__import__('os').system('ls')", "only the functions of the vocabulary", "__import__"),
        ("eval('1')", "'eval' is not a function", "eval"),
        ("sum(n, e=1)", "no keyword arguments", "sum"),
        ("exp(*L)", "'*' cannot stand before an argument", "exp"),
        ("lambda n: n", "functions cannot be defined", "lambda"),
        ("[L for n in L]", "comprehensions are not part", "["),
        ("{L: 1}", "not part of the formula language", "{"),
        ("f'{L}' == 1", "text is not part", "f'"),
        ("L == 'a'", "text is not part", "'a'"),
        ("L == 1j", "not part of the language", "1j"),
        ("True", "True is not part", "True"),
        ("(L := 1)", "not part of the language", "L :="),
        ("L if L else 1", "write implies(A, B)", "L if"),
        ("L, 1", "there is no tuple", "L,"),
        ("L // 2", "operator is not part", "L //"),
        ("L in rho", "relation is not part", "L in"),
        ("W[1:2]", "slices are not part", "W[1:2]"),
        ("L[1]", "'L' takes no index", "L"),
        ("W[1][2]", "only W, V, rho", "W[1][2]"),
        ("exp(L, 1)", "takes 1 arguments, 2 given", "exp"),
        ("L == λ", "write lam", "λ"),
        ("L == \u00a0 1", "write ASCII", "\u00a0"),
        ("L == 1 # half", "a comment cannot stand", "#"),
        ("L == (1", "was never closed", "(1"),
        ("sum(n, L)", "the range of 'n' does not follow", "sum"),
        ("sum(k, rho[k+1])", "write it out", "sum"),
        ("sum(k, rho[k]*y[k])", "over examples and over layers", "sum"),
        ("sum(n, sum(n, y[n]))", "already bound outside", "n, y"),
        ("sum(d, y[d])", "cannot be named like", "d, y"),
        ("sum(1, L)", "first argument of sum is the name", "1, L"),
        ("sum(n, 1, L)", "write sum(n, e)", "sum"),
        ("grad(L, f[1])", "with respect to W[k], V[k], rho[k]", "f[1]"),
        ("hess(L, W[1], V[1])", "do not mix", "hess"),
        ("hess(L, L)", "write hess(e)", "L)"),
        ("limit(L, t)", "write limit(e)", "t)"),
        ("9**9**9", "a power in an exponent", "9**9"),
        ("L**65", "exponents", "65"),
        ("((L+1)**64)**64", "powers of powers", "64"),
        ("L**(8*9)", "exponents", "8*9"),
        ("L**(1/65)", "exponents", "1/65"),
        ("L == 1e999999999999", "more than 30 digits", "1e9"),
        ("L == 0x10", "not a decimal number", "0x10"),
    ],
)
def test_refuses_and_points(text, message, under):
    error = refused(text)
    assert message in error.message
    assert error.column is not None
    assert text[error.column :].startswith(under) or text[error.column :].startswith(under[-2:])
    excerpt, caret = error.render().split("\n")[1:]
    assert excerpt[caret.index("^")] == text[error.column].replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("L + " * 2500 + "L", "at most 2000"),
        ("(" * 500 + "L" + ")" * 500, "nested brackets"),
        ("-" * 1900 + "L == 1", "nest"),
        ("not " * 450 + "L", "'not'"),
        ("+".join(["L"] * 500) + " == 1", "levels of nesting"),
        ("L" + ".T" * 900, "levels of nesting"),
        ("exp(" * 39 + "exp(exp(L))" + ")" * 39, "nested brackets"),
        ("".join(f"sum(i{i}, 1, 9, " for i in range(9)) + "1" + ")" * 9, "sums or products inside"),
    ],
)
def test_bounds_hold_before_any_algebra(text, message):
    assert message in refused(text).message


def test_long_formulas_are_told_by_an_excerpt():
    error = refused("L == 1 and " * 100 + "oops == 1")
    lines = error.render().split("\n")
    assert all(len(line) < 120 for line in lines)
    assert lines[1][lines[2].index("^") :].startswith("oops")


def test_forty_terms_are_no_nesting():
    assert parse(" + ".join(["L"] * 40) + " == 1")


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_tree_or_a_formula_error(text):
    with contextlib.suppress(FormulaError):
        parse(text)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from([*"()[]+-*/@.,=<>! \n", "**", "==", "L", "W", "x[n]", "sum(n,", "d(", "1", "and"])))
def test_any_sequence_of_words_is_a_tree_or_a_formula_error(words):
    try:
        parse(" ".join(words), indices=["n"])
    except FormulaError as error:
        assert error.column is None or 0 <= error.column <= len(" ".join(words))


def test_every_unknown_name_is_told_once():
    error = refused("sum(n, roh[n]*q) + q + f[m] == z(1)")
    told = [e.message.split(";")[0] for e in (error, *error.also)]
    assert told == [
        "unknown name 'roh'",
        "unknown name 'q'",
        "unknown name 'm'",
        "'z' is not a function of the vocabulary",
    ]
    assert refused("1 + q > 0").also == ()
    assert refused("grad(f[1], Wk[1]) == 0").also == ()


def test_extremes_of_two_terms_beside_those_over_an_index():
    two = parse("max(f[1], 0) >= min(L, f[2])")
    assert two == Compare(
        ">=", Call("max", (Indexed("f", num(1)), num(0))), Call("min", (Name("L"), Indexed("f", num(2))))
    )
    assert isinstance(parse("max(n, f[n]) >= 0").left, Reduce)
    assert "already bound" in refused("max(n, f[n]) >= 0", indices=["n"]).message
