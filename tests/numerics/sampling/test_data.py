"""Real data and what is said about files that are not."""

import numpy as np
import pytest

from numerics.sampling.data import csv, digits, linear_separator


def write(tmp_path, text, name="points.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_digits():
    x, y = digits()
    assert x.shape == (1797, 64)
    assert set(np.unique(y)) == {-1.0, 1.0}
    assert set(np.unique(16 * x)) <= set(range(17))
    _, classes = digits(classes=True)
    assert set(np.unique(classes)) == set(range(1, 11))
    assert ((classes % 2 == 0) == (y == 1)).all()  # digit 1 is class 2


def test_a_csv_file(tmp_path):
    x, y = csv(write(tmp_path, "a,b,label\n1,2.5,1\n-1e-3,4,-1\n\n"))
    np.testing.assert_array_equal(x, [[1, 2.5], [-1e-3, 4]])
    np.testing.assert_array_equal(y, [1, -1])
    assert csv(write(tmp_path, "a,label\n1,3\n"), classes=3)[1].tolist() == [3.0]
    assert csv(write(tmp_path, "a,label\n1,0.25\n"), real=True)[1].tolist() == [0.25]
    assert csv(write(tmp_path, "\ufeffa,label\r\n1,1\r\n"))[0].tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("a,label\n", "no rows after the header"),
        ("label\n1\n", "at least one input and the label"),
        ("1,2,1\n3,4,-1\n", "the header is missing"),
        ("a,b,label\n1,2,1\n1,2\n", "line 3: 2 cells where the header has 3"),
        ("a,b,label\n1,two,1\n", "line 2, column 'b': 'two' is not a finite number"),
        ("a,b,label\n1,,1\n", "line 2, column 'b': '' is not a finite number"),
        ("a,b,label\n1,nan,1\n", "line 2, column 'b': 'nan' is not"),
        ("a,label\n1,1\n2,0\n", "line 3, column 'label': label 0 is not -1 or 1"),
        (b"\xff\xfe\x00\x01", "not a UTF-8 text file"),
        (b"a,label\n1,\x001\n", "not a text file"),
    ],
)
def test_bad_files(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        csv(write(tmp_path, text))


def test_bad_class_labels_and_paths(tmp_path):
    with pytest.raises(ValueError, match="label 4 is not 1 to 3"):
        csv(write(tmp_path, "a,label\n1,4\n"), classes=3)
    with pytest.raises(ValueError, match=r"nowhere\.csv: No such file"):
        csv(tmp_path / "nowhere.csv")
    with pytest.raises(ValueError, match="Is a directory"):
        csv(tmp_path)


def test_linear_separator():
    x, y = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([1, 1, -1])
    w = linear_separator(x, y)
    assert (y * (x @ w) > 0).all()
    assert linear_separator(x, np.ones(3)) is None  # 0 is inside the hull
    assert linear_separator(np.array([[1.0], [0.0]]), np.array([1, 1])) is None  # margin 0 separates nothing
    random = np.random.default_rng(0)
    for _ in range(20):
        x, teacher = random.normal(size=(12, 5)), random.normal(size=5)
        assert linear_separator(x, np.sign(x @ teacher)) is not None
