"""Text, titles and dates from each format."""

import logging
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from kgbuild.errors import InputError
from kgbuild.ingest import READERS
from kgbuild.ingest.decoding import decode
from kgbuild.ingest.layout import Line, drop_furniture, to_blocks
from kgbuild.ingest.reading import iso_date, join_blocks, row_text


def pdf_of(pages: Sequence[Sequence[tuple[float, float, str]]]) -> bytes:
    """A PDF whose pages hold the given texts, each at its x and y in points, in Helvetica 10."""
    contents = ["\n".join(f"BT /F1 10 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in page) for page in pages]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def paragraph_at(y: float, *lines: str, x: float = 50) -> list[tuple[float, float, str]]:
    """The lines of a paragraph, 12 points apart, the first at height `y`."""
    return [(x, y - 12 * number, line) for number, line in enumerate(lines)]


def reason_of(suffix: str, data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        READERS[suffix](data)
    assert "\n" not in str(caught.value)
    return caught.value.reason


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1))
def test_utf8_text_is_kept_character_for_character(text: str) -> None:
    """Any text without control characters comes back from its UTF-8 bytes as it was."""
    assert READERS[".txt"](text.encode()).text == text


@given(st.text("Ada\r\n\t\f é–א😀", min_size=1), st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_a_byte_order_mark_is_not_part_of_the_text(text: str, encoding: str) -> None:
    """In each encoding with a mark, line ends and all other characters are kept, and only the mark goes."""
    assert READERS[".txt"](text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Zoë Müller met François at the café – “a naïve idea”, she said."),
        ("cp1252", "Die Königin von Österreich besuchte München. Größe und Länge, übermäßig schön."),
        ("cp1251", "Анна Ахматова родилась в Одессе и жила в Санкт-Петербурге."),
        ("koi8-r", "Анна Ахматова родилась в Одессе и жила в Санкт-Петербурге."),
        ("shift_jis", "夏目漱石は東京で生まれた日本の小説家です。"),
        ("gb18030", "鲁迅出生于浙江绍兴,是中国著名的作家。"),
        ("utf-16-le", "Ada Lovelace was born in London. She worked with Charles Babbage."),
        ("utf-16-be", "Анна Ахматова родилась в Одессе и жила в Петербурге."),
    ],
)
def test_other_encodings_are_recognised(encoding: str, text: str) -> None:
    """A sentence in an encoding without a mark is decoded as it was written."""
    assert decode(text.encode(encoding)) == text


def test_right_to_left_and_emoji_text_is_kept() -> None:
    """Scripts from the right, combined emoji and characters outside the first plane pass unchanged."""
    text = "\u202bנולדה בלונדון\u202c — 👩🏽‍🚀 𝒜𝒹𝒶 العربية\n"
    assert READERS[".txt"](text.encode()).text == text


def test_stray_control_characters_in_plain_text_are_kept() -> None:
    """A bell here and there changes nothing, since offsets count every character."""
    text = "Ada Lovelace\x07 worked with\x1b Charles Babbage.\x0c\r\n"
    assert READERS[".txt"](text.encode()).text == text


def test_utf8_with_a_few_bad_bytes_stays_utf8() -> None:
    """One broken character becomes U+FFFD; the others are not read as Windows-1252 for its sake."""
    text = "Ærøskøbing, Årø, Ærø, Åse, Øst, æble"
    assert decode(text.encode() + b"\xc3") == text + "\ufffd"


def test_a_late_first_accent_decides_the_encoding_of_a_long_text() -> None:
    """The guess looks at the characters beyond ASCII wherever they are."""
    text = "Plain words. " * 50_000 + "Zoë met François at the café, à côté."
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(256)) * 40, b"Ada\0Lovelace", b"\x01\x02\x03", b"\xff\xfea"]
)
def test_binary_noise_is_refused(data: bytes) -> None:
    """Zero bytes, many control characters and a false mark are no text."""
    assert reason_of(".txt", data) == "binary"


def test_markdown_gives_blocks_of_plain_text() -> None:
    """Headings, paragraphs, items and rows stand alone; links and images give words; code and comments go."""
    source = b"""---
title: "Ada's life"
date: 2020-05-04
---
# Ada *Lovelace*

She worked with [Charles
Babbage](https://example.org) on `notes`, ![an engine](x.png) too.<br>

- Byron
- Mary  Somerville
  1. tutor

| Year | Event | Place |
|------|-------|-------|
| 1815 | born  | London |

<!-- not this -->
<div>Some <b>block</b></div>

```python
Secret = 1
```
> A quote &amp; more.
"""
    reading = READERS[".md"](source)
    assert reading.text.split("\n\n") == [
        "Ada Lovelace",
        "She worked with Charles Babbage on notes, an engine too.",
        "Byron",
        "Mary Somerville",
        "tutor",
        "Year, Event, Place",
        "1815, born, London",
        "Some block",
        "A quote & more.",
    ]
    assert (reading.title, reading.date) == ("Ada's life", "2020-05-04")


def test_markdown_without_front_matter_takes_its_title_from_the_first_heading() -> None:
    """A thematic break at the top is not front matter."""
    reading = READERS[".markdown"](b"---\n\nHello.\n\n# The *first*\n\nText.\n")
    assert (reading.title, reading.date) == ("The first", None)
    assert reading.text.startswith("Hello.")


HTML = """<!doctype html><html><head><meta charset="{charset}"><title>Ada Lovelace</title>
<meta property="article:published_time" content="2020-03-04T10:00:00Z"></head>
<body><nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<article><h1>Ada Lovelace</h1><p>Ada Lovelace, born in <b>London</b> in 1815, was the only child of
<a href="/byron">Lord Byron</a>. She met Zoë in a café – often.</p><h2>Works</h2>
<ul><li>Notes on the Engine</li><li>Letters</li></ul>
<table><tr><td>Year</td><td>Event</td><td>Place</td></tr><tr><td>1815</td><td>Birth</td><td>London</td></tr></table>
<pre><code>print(1)</code></pre><p>She died in Marylebone in 1852, and was buried in Hucknall.</p></article>
<footer>Copyright 2023 Example Inc. All rights reserved.</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "iso-8859-1"])
def test_html_gives_its_main_text_in_blocks(charset: str) -> None:
    """Navigation and footer go, blocks stand alone, title and date come from the page, its charset is obeyed."""
    encoding = "utf-8" if charset == "utf-8" else "cp1252"
    reading = READERS[".html"](HTML.format(charset=charset).encode(encoding))
    assert reading.text.split("\n\n") == [
        "Ada Lovelace",
        "Ada Lovelace, born in London in 1815, was the only child of Lord Byron. She met Zoë in a café – often.",
        "Works",
        "Notes on the Engine",
        "Letters",
        "Year, Event, Place",
        "1815, Birth, London",
        "She died in Marylebone in 1852, and was buried in Hucknall.",
    ]
    assert (reading.title, reading.date) == ("Ada Lovelace", "2020-03-04")


def test_html_laid_out_by_a_table_gives_the_text_in_its_cells() -> None:
    """Mastheads and menus in cells of their own go; headings and paragraphs of the text's cell are blocks."""
    words = "Ada Lovelace worked with Charles Babbage in London on the Analytical Engine. " * 4
    page = (
        f"<html><body><table><tr><td colspan=2>The Almanac | Log in</td></tr><tr><td><h1>Ada</h1><p>{words}</p>"
        f"<p>She died. {words}</p></td></tr><tr><td>Copyright</td></tr></table></body></html>"
    )
    assert READERS[".html"](page.encode()).text.split("\n\n") == ["Ada", words.strip(), f"She died. {words}".strip()]


def test_a_very_long_html_page_is_read() -> None:
    """Twenty megabytes in one paragraph come back whole."""
    words = "Ada met Charles. " * 1_200_000
    page = f"<html><body><p>{words}</p></body></html>"
    assert READERS[".html"](page.encode()).text == words.strip()


@pytest.mark.parametrize("html", ["<html><body><script>x = 1</script></body></html>", "<p>", "<!-- Ada -->"])
def test_html_without_text_is_refused(html: str, caplog: pytest.LogCaptureFixture) -> None:
    """A page of scripts or empty elements has the reason `no-text`, and the library's log stays silent."""
    assert reason_of(".htm", html.encode()) == "no-text"
    assert not caplog.records


def test_pdf_lines_become_paragraphs_without_page_furniture() -> None:
    """Broken words and lines are joined over columns and pages; heads, page numbers and bullets go; rows are rows."""
    one = [
        (50, 580, "Annals of Computing, volume 3"),
        *paragraph_at(
            540, "Ada Lovelace was born in London in 1815. She trans-", "lated an article by Luigi Menabrea."
        ),
        *paragraph_at(500, "The well-known Anglo-", "Irish mathematician was a well-", "known friend, and her work on"),
        (200, 20, "- 1 -"),
    ]
    two = [
        (50, 580, "Annals of Computing, volume 4"),
        *paragraph_at(540, "the Engine was", "read."),
        (50, 490, "1852"),
        (50, 470, "Augusta"),
        (200, 470, "Byron"),
        (200, 20, "- 2 -"),
    ]
    assert READERS[".pdf"](pdf_of([one, two])).text.split("\n\n") == [
        "Ada Lovelace was born in London in 1815. She translated an article by Luigi Menabrea.",
        "The well-known Anglo-Irish mathematician was a well-known friend, and her work on the Engine was read.",
        "1852",
        "Augusta: Byron",
    ]


def test_pdf_titles_stay_where_running_heads_repeat_them() -> None:
    """The title in large type is kept; the heads that repeat it in small type, and a small line above it, go."""
    pages = [
        [
            Line("SERIES", 50, 580, 7),
            Line("Ada", 50, 560, 14),
            Line("She was", 50, 540, 10),
            Line("born.", 50, 528, 10),
        ],
        [
            Line("Ada", 50, 580, 7),
            Line("She died", 50, 540, 10),
            Line("in London.", 50, 528, 10),
            Line("ii", 50, 9, 10),
        ],
    ]
    kept = drop_furniture(pages)
    assert [[line.text for line in page] for page in kept] == [["Ada", "She was", "born."], ["She died", "in London."]]


def test_a_line_that_ends_a_block_with_a_hyphen_is_joined_from_its_first_line() -> None:
    """The first line of a paragraph may end in a broken word as well as any other."""
    assert list(to_blocks([Line("with his broth-\n", 50, 540, 9), Line("er Jakob.", 50, 528, 9)])) == [
        "with his brother Jakob."
    ]


def test_pdf_columns_are_read_one_after_the_other() -> None:
    """The second column follows the first, and a sentence goes on over the break."""
    left = paragraph_at(540, "Ada Lovelace was born", "in London. She worked", "with Charles")
    right = paragraph_at(540, "Babbage on the", "Engine.", x=220)
    text = "Ada Lovelace was born in London. She worked with Charles Babbage on the Engine."
    assert READERS[".pdf"](pdf_of([left + right])).text == text


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_of([[(50, 500, "Ada Lovelace.")]]))))
    writer.add_metadata({"/Title": "Ada", "/CreationDate": "D:20200304101112Z"})
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")  # noqa: S106  a test's own
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_an_encrypted_pdf_is_refused_unless_its_password_is_empty() -> None:
    """A password is asked for: refused. Encrypted only against changes: read, with title and date."""
    assert reason_of(".pdf", encrypted("secret")) == "encrypted"
    reading = READERS[".pdf"](encrypted(""))
    assert (reading.text, reading.title, reading.date) == ("Ada Lovelace.", "Ada", "2020-03-04")


def test_a_truncated_pdf_is_refused_wherever_it_was_cut(caplog: pytest.LogCaptureFixture) -> None:
    """Cut at any place, the file is refused as damaged or without text, or gives the text that is left, in silence."""
    whole = pdf_of([[(50, 500, "Ada Lovelace.")]])
    assert reason_of(".pdf", whole[: len(whole) // 2]) == "damaged"
    for cut in range(5, len(whole), 7):
        try:
            assert READERS[".pdf"](whole[:cut]).text == "Ada Lovelace."
        except InputError as error:
            assert error.reason in {"damaged", "no-text"}
    assert not caplog.records
    assert logging.getLogger("pypdf").level == logging.NOTSET


def test_a_pdf_without_text_is_refused() -> None:
    """A page with nothing but pictures has no text."""
    assert reason_of(".pdf", pdf_of([[]])) == "no-text"


def test_docx_parts_come_in_their_order(tmp_path: Path) -> None:
    """Headings, paragraphs, items, and rows of tables, with merged cells once; title and date from its properties."""
    document = docx.Document()
    document.core_properties.title = "Ada"
    document.core_properties.created = datetime(2020, 3, 4, 5)
    document.add_heading("Ada Lovelace", 1)
    document.add_paragraph("She was born in London.")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table.rows[0].cells, ["Year", "Event", "Place"], strict=True):
        cell.text = text
    table.cell(1, 0).merge(table.cell(1, 1)).text = "In 1852"
    table.cell(1, 2).text = "Marylebone"
    document.add_paragraph("Notes", style="List Bullet")
    document.save(str(tmp_path / "x.docx"))
    data = (tmp_path / "x.docx").read_bytes()
    reading = READERS[".docx"](data)
    assert reading.text.split("\n\n") == [
        "Ada Lovelace",
        "She was born in London.",
        "Year, Event, Place",
        "In 1852: Marylebone",
        "Notes",
    ]
    assert (reading.title, reading.date) == ("Ada", "2020-03-04")
    assert reason_of(".docx", data[: len(data) // 2]) == "damaged"


@pytest.mark.parametrize(
    ("data", "reason"), [(b"no archive", "damaged"), (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99), "encrypted")]
)
def test_a_docx_that_is_none_is_refused(data: bytes, reason: str) -> None:
    """Other bytes are damaged; the container of encrypted and old files is named as such."""
    assert reason_of(".docx", data) == reason


@given(st.lists(st.text(st.characters(codec=None))))
def test_made_up_text_has_no_control_characters_or_surrogates(blocks: list[str]) -> None:
    """Whatever the blocks hold, the text encodes to UTF-8 and has no control character but line feeds."""
    text = join_blocks(blocks)
    text.encode()
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert "\n\n\n" not in text
    assert text == text.strip()


def test_a_row_reads_as_text() -> None:
    """Two cells are a name and its value, more are a list, empty ones are left out."""
    assert row_text(["Born:", "", "London"]) == "Born: London"
    assert row_text(["1815", " born ", "in\nLondon"]) == "1815, born, in London"


@pytest.mark.parametrize(
    ("given_date", "iso"),
    [
        ("2020-03-04", "2020-03-04"),
        ("2020-03-04T10:00:00Z", "2020-03-04"),
        ("2020-03", "2020-03"),
        (2020, "2020"),
        ("4 March 2020", "2020-03-04"),
        ("March 4, 2020", "2020-03-04"),
        ("2020-02-31", None),
        ("03/04/20", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_taken_only_when_they_are_clear(given_date: object, iso: str | None) -> None:
    """ISO 8601 and English months are understood; impossible and ambiguous dates are none."""
    assert iso_date(given_date) == iso
