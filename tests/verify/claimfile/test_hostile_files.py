"""Files that are no files, that lie elsewhere, or that would take for ever."""

import os

import pytest

from verify.claimfile import ClaimFileErrors, read
from verify.commands.selection import CONTROL


def messages(path):
    with pytest.raises(ClaimFileErrors) as errors:
        read([path])
    return "\n".join(errors.value.messages)


def test_a_pipe_or_a_device_is_not_read(tmp_path):
    pipe = tmp_path / "p.claims.toml"
    os.mkfifo(pipe)
    assert "not a file" in messages(pipe) and "not a file" in messages("/dev/zero")


def with_data(claim_file, data, name="data.csv"):
    path = claim_file("growth")
    (path.parent / name).write_bytes(data)
    path.write_text(path.read_text().replace("examples = 2", f"examples = 2\ndata = '{name}'"))
    return path


def test_data_elsewhere_are_not_read(claim_file, tmp_path):
    path = claim_file("growth")
    text = path.read_text()
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    for data in ("/etc/passwd", "../x.csv", "link.csv"):
        path.write_text(text.replace("examples = 2", f"examples = 2\ndata = '{data}'"))
        told = messages(path)
        assert "lies outside the claim file's folder" in told and "root:" not in told


def test_one_cell_of_a_file_is_quoted(claim_file):
    told = messages(with_data(claim_file, b"a,b,c,y\n" + b"".join(b"secret%d,1,2,1\n" % i for i in range(9))))
    assert told.count("secret") == 1 and "cell 1 is not a finite number" in told


@pytest.mark.parametrize("odd", [b"\x00", b"\xc2\x85", b"\xe2\x80\xa8", b"\x0c", b"\x1b"])
def test_control_characters_in_data(claim_file, odd):
    assert "a control character" in messages(with_data(claim_file, b"a,b,c,y\n1,2,3,1\n4,5," + odd + b"6,-1\n"))


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 300_000,
        "format = 1\n" + "a." * 3000 + "b = 1\n",
        "format = 1\n" + "[" + "a." * 3000 + "b]\n",
        "format = 1\nx = " + "9" * 5000 + "\n",
        "format = 1\n" + "k" * 200_000 + " = 1\n",
    ],
)
def test_what_would_take_long_or_go_deep(tmp_path, text):
    path = tmp_path / "f.claims.toml"
    path.write_text(text)
    (tmp_path / "paper.toml").write_text("format = 1\n[paper]\nkey = 'a'\ntitle = 'b'\n")
    assert messages(path)


def test_many_unknown_claims(claim_file):
    path = claim_file("growth")
    path.write_text(path.read_text() + f"uses = {[f'unknown{i}' for i in range(3000)]}\n")
    assert messages(path).count("unknown claim") == 3000


def test_no_number_but_a_decimal_one(claim_file):
    path = claim_file("growth")
    path.write_text(path.read_text().replace("2/N*sum", "0xeff*sum"))
    assert "'0xeff' is not a decimal number" in messages(path)


def test_no_order_reaches_a_terminal():
    assert CONTROL.sub("?", "a\x1b[2J\u202eb\nc") == "a?[2J?b\nc"
