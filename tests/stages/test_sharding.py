"""Records in shards."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from kgbuild.stages.sharding import write_shards


@given(st.lists(st.text(max_size=9)), st.integers(0, 5), st.integers(1, 5), st.integers(1, 20))
def test_shards_hold_all_in_order(texts: list[str], first: int, most: int, room: int) -> None:
    """Every item is in one shard, in order; each shard but the last one allowed ends with the item that fills it."""
    written: dict[int, list[str]] = {}

    def write(number: int, items: Iterator[str]) -> None:
        written[number] = list(items)

    count = write_shards(iter(texts), range(first, first + most), room, size=len, write=write)
    assert list(written) == list(range(first, first + count))
    assert [text for shard in written.values() for text in shard] == texts
    assert count <= most
    for number, shard in list(written.items())[: most - 1]:
        assert sum(map(len, shard[:-1])) < room
        assert sum(map(len, shard)) >= room or number == first + count - 1


def test_no_number_takes_no_item() -> None:
    """Without a shard to write nothing is read."""
    items = iter(["a"])
    assert write_shards(items, range(0), 1, size=len, write=lambda _, rest: list(rest)) == 0
    assert list(items) == ["a"]
