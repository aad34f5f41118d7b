"""What is written to the user: answers on stdout, notes on stderr.

In a terminal an answer is coloured and wrapped, and no text of a document can steer the terminal. In a pipe
tables are plain and no cell is cut; csv, json and Turtle arrive there as they are.
"""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = [
    "clean",
    "counted",
    "one_line",
    "print_data",
    "print_json",
    "print_table",
    "terminal",
    "write_line",
    "write_note",
]

_BLANK: Final = "\t\n\r\x85\u2028\u2029"
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls of terminals, of the direction of writing, and halves of characters."""


def clean(text: str) -> str:
    """`text` in one line that is safe to show, as long as it was: offsets into it still hold."""
    return _UNSAFE.sub(lambda match: _shown(match[0]), text)


def _shown(char: str) -> str:
    if char in _BLANK:
        return " "
    if char < " ":
        return chr(0x2400 + ord(char))  # the block Control Pictures draws U+0000 to U+001F in order
    return "\ufffd"


def one_line(message: str) -> str:
    """`message` with every run of white space as one space, safe to show."""
    return clean(" ".join(message.split()))


def counted(number: int, one: str, many: str = "") -> str:
    """The number with its noun: `one`, or `many`, which has an s more unless it is given."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def terminal() -> Console | None:
    """A console where stdout is a terminal; `None` where it is not."""
    return Console(highlight=False, markup=False, emoji=False) if sys.stdout.isatty() else None


def write_line(line: str) -> None:
    """Nothing; the line, which the caller has cleaned, is on stdout."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write_note(message: str) -> None:
    """Nothing; the message is a line on stderr."""
    sys.stderr.write(f"kgbuild: {clean(message)}\n")
    sys.stderr.flush()


def print_data(text: str) -> None:
    """Nothing; `text` is on stdout, exactly in a pipe and cleaned in a terminal, closed by a line break."""
    closed = text if text.endswith("\n") or not text else f"{text}\n"
    sys.stdout.write("\n".join(map(clean, closed.split("\n"))) if sys.stdout.isatty() else closed)
    sys.stdout.flush()


def print_json(value: object) -> None:
    """Nothing; `value` is on stdout as JSON."""
    print_data(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", numbers: frozenset[int] = frozenset()
) -> None:
    """Nothing; the table is on stdout, its columns of `numbers` set to the right."""
    shown = [tuple(map(clean, row)) for row in rows]
    heads = tuple(map(clean, columns))
    console = terminal()
    if console is None:
        write_line("\n".join([*([title] if title else []), *_aligned(heads, shown, numbers)]))
        return
    table = Table(title=Text(title, "bold") if title else None, title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(Text(head), overflow="fold", justify="right" if number in numbers else "left")
    for row in shown:
        table.add_row(*map(Text, row))
    console.print(table)


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]) -> list[str]:
    """The lines of a plain table, heads and rows under each other."""
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return ["  ".join(map(_padded, row, widths, _sides(len(row), numbers))).rstrip() for row in (heads, rule, *rows)]


def _sides(columns: int, numbers: frozenset[int]) -> list[bool]:
    return [column in numbers for column in range(columns)]


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if right else cell + space
