"""Texts in which mentions are marked."""

import re

from kgbuild.records import Mention

MARKED = re.compile(r"\[([^\]|]+)\|(\w+)(?:\|([\d.]+))?\]")


def read_marked(marked: str) -> tuple[str, list[Mention]]:
    """The text and mentions of a text in which `[name|TYPE]` or `[name|TYPE|probability]` marks a mention.

    A line is a sentence.
    """
    mentions, text, last = [], "", 0
    for match in MARKED.finditer(marked):
        text += marked[last : match.start()]
        span = len(text), len(text) + len(match[1])
        mentions.append(Mention(*span, match[2], match[1], text.count("\n"), float(match[3] or 1)))
        text += match[1]
        last = match.end()
    return text + marked[last:], mentions
