"""Bytes to text: byte order marks, UTF-8, and a guess for the rest; what is no text is refused."""

import codecs
import re
from collections import Counter

from kgbuild.errors import InputError

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins like that one's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r")) + b"\x7f"
_MOST_CONTROLS = 0.2
_LEAST_WIDE = 0.1
_MOST_WIDE = 0.9
_MOST_DAMAGE = 0.1


def decode(data: bytes, *, declared: bool = False) -> str:
    """The text of `data`, character for character, without a byte order mark.

    With `declared`, an encoding named in the first 2,048 bytes (HTML, XML) is tried before one is guessed.
    Raises: InputError, reason `binary`.
    """
    text = _decode(data, declared=declared)
    encoded = text.encode("utf-8", "surrogatepass")
    size = len(encoded)
    controls = size - len(encoded.translate(None, _CONTROLS))
    if "\0" in text or controls > _MOST_CONTROLS * size:
        raise _binary(f"text was expected, {controls:,} of {size:,} bytes are control characters")
    return text


def _decode(data: bytes, *, declared: bool) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    if b"\0" in data:
        return _wide(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _damaged_utf8(data) or (declared and _declared(data)) or _guessed(data)


def _marked(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _binary(f"the byte order mark says {encoding}, but byte {error.start:,} after it is not") from error


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: zero stands in every second place only, and three values fill nearly all of these."""
    encoding, high = ("utf-16-le", data[1::2]) if data[1::2].count(0) > data[::2].count(0) else ("utf-16-be", data[::2])
    filled = sum(count for _, count in Counter(high).most_common(3))
    if data.count(0) == high.count(0) >= _LEAST_WIDE * len(high) and filled >= _MOST_WIDE * len(high):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass  # refused below
    raise _binary(f"text was expected, {data.count(0):,} of {len(data):,} bytes are zero")


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 with a few bad bytes, each now U+FFFD; `None` when too many of the characters beyond ASCII are bad."""
    text = data.decode("utf-8", "replace")
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") <= _MOST_DAMAGE * beyond else None


def _declared(data: bytes) -> str | None:
    match = _DECLARED.search(data[:2048])
    name = match.group(1).decode("ascii", "ignore").lower() if match else ""
    # by the WHATWG encoding standard these names mean Windows-1252, https://encoding.spec.whatwg.org/#names-and-labels
    name = "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name
    try:
        return data.decode(name) if name else None
    except (LookupError, UnicodeDecodeError):
        return None


def _guessed(data: bytes) -> str:
    """The text in the likeliest encoding; Windows-1252 wins a draw, since it is by far the commonest."""
    from charset_normalizer import from_bytes  # loaded for such a text alone: it takes longer than to read many others

    matches = from_bytes(_sample(data), cp_exclusion=["utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_7"])
    ranked = sorted(matches, key=lambda match: (match.chaos, -match.coherence, match.encoding != "cp1252"))
    for match in ranked:
        try:
            return data.decode(match.encoding)
        except UnicodeDecodeError:
            continue
    raise _binary("text was expected, and the bytes fit no encoding; save the file as UTF-8")


def _sample(data: bytes) -> bytes:
    """A part of `data` with its first bytes beyond ASCII, cut at white space so that no character is split."""
    found = re.search(rb"[\x80-\xff]", data)
    begin = max(data.rfind(b" ", 0, found.start() if found else 0), 0)
    end = begin + _SAMPLE
    cut = max(data.rfind(b" ", begin + 1, end), data.rfind(b"\n", begin + 1, end)) if end < len(data) else -1
    return data[begin:cut] if cut > 0 else data[begin:]


def _binary(message: str) -> InputError:
    return InputError(message, reason="binary")
