"""What a file is called and what it is: by tables, and for whatever somebody may send."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from pipes.files import FileReference, Mismatch, file_references, judge_type, safe_name
from pipes.files.names import LONGEST_NAME

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PDF = b"%PDF-1.7\n"
ZIP = b"PK\x03\x04" + b"\0" * 20
HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\plan.docx", "plan.docx"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie_ x.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("con.txt", "_con.txt"),
        ("  .hidden. ", "hidden"),
        ("..", "file"),
        ("", "file"),
        ("\x00\x07", "file"),
        ("Über uns\u00a0😀.pdf", "Über uns 😀.pdf"),
    ],
)
def test_a_name_is_made_harmless(given_name: str, safe: str):
    assert safe_name(given_name) == safe


@given(st.text(max_size=400))
def test_every_name_is_harmless_and_stays_so(text: str):
    name = safe_name(text)

    assert 0 < len(name) <= LONGEST_NAME
    assert not set(name) & set('/\\<>:"|?*%')
    assert all(unicodedata.category(letter)[0] != "C" for letter in name)
    assert name == name.strip(" .")
    assert safe_name(name) == name


def test_a_long_name_keeps_its_ending():
    assert safe_name("x" * 500 + ".png") == "x" * (LONGEST_NAME - 4) + ".png"


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("a.JPG", JPEG, "image/jpeg"),
        ("a.gif", b"GIF89a....", "image/gif"),
        ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
        (
            "a.docx",
            ZIP,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("a.mp3", b"ID3\4", "audio/mpeg"),
        ("a.txt", b"Hello", "text/plain"),
        ("a.txt", "é".encode("latin-1"), "text/plain"),
        ("a.csv", b"\xef\xbb\xbfa;b", "text/csv"),
        ("a.md", b"BM is what we call it, dear", "text/markdown"),
        ("a.html", HTML, "text/html"),
        ("a", PNG, "image/png"),
        ("a.unheardof", b"\x00\x01\x02", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_name_and_its_content_say_together(name: str, head: bytes, kind: str):
    assert judge_type(name, head) == kind


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.png", HTML),
        ("a.png", PDF),
        ("a.png", b""),
        ("a.gif", b"GIF8"),
        ("a.pdf", HTML),
        ("a.docx", PDF),
        ("a.txt", PNG),
        ("a.svg", ZIP),
        ("a.csv", b"a\x00b"),
        ("setup.exe", b"whatever"),
        ("notes.txt", b"MZ\x90\0"),
        ("tool", b"\x7fELF\2"),
        ("run.js", b"alert(1)"),
    ],
)
def test_a_file_that_contradicts_its_name_is_refused(name: str, head: bytes):
    found = judge_type(name, head)

    assert isinstance(found, Mismatch)
    assert name in found.message


@given(st.text(max_size=60), st.binary(max_size=200))
def test_every_file_is_judged(name: str, head: bytes):
    assert judge_type(safe_name(name), head)


def test_references_in_a_value_are_read_and_the_rest_is_not():
    file = FileReference(id="f", name="a.png", bytes=3, type="image/png")

    assert file_references([file.as_value(), {"id": 1}, "f", None]) == (file,)
    assert file_references(None) == ()
