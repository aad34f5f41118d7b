"""Other names of places and of the wars of the world, which no rule can derive."""

__all__ = ["KNOWN_NAMES"]

_TABLE = """
bosnia and herzegovina: bosnia
cape verde: cabo verde
czech republic: czechia
democratic republic of the congo: drc, dr congo
east germany: german democratic republic, gdr
east timor: timor leste
eswatini: swaziland
iran: persia
ivory coast: cote divoire
laos: lao peoples democratic republic
myanmar: burma
netherlands: holland
new york city: new york
north korea: dprk, democratic peoples republic of korea
north macedonia: republic of macedonia
north vietnam: democratic republic of vietnam
russia: russian federation
south korea: republic of korea
sri lanka: ceylon
taiwan: republic of china
tanzania: united republic of tanzania
thailand: siam
united arab emirates: uae
united kingdom: britain, great britain, united kingdom of great britain and northern ireland
united states: america
vietnam: socialist republic of vietnam
world war i: first world war, great war, wwi, ww1, world war one
world war ii: second world war, wwii, ww2, world war two
yugoslavia: socialist federal republic of yugoslavia
"""

KNOWN_NAMES = {
    other: name
    for name, others in (line.split(": ") for line in _TABLE.strip().splitlines())
    for other in others.split(", ")
}
"""The usual name of what has another, both folded."""
