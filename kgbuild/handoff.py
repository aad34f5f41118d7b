"""Records <-> Parquet: what one stage leaves for the next, whole or not at all.

The columns of a file are the fields of its record. A nested record becomes a struct, a tuple a list and
`X | None` a null. `str | Record` becomes a struct of `text` and `record`, one of which is null.
The same records give the same bytes.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields, is_dataclass
from itertools import accumulate, chain, repeat
from operator import attrgetter
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
from pyarrow import parquet

from kgbuild.errors import HandoffError

__all__ = ["read_records", "write_records"]

T = TypeVar("T")

_FORMAT = b"1"
_KIND_KEY, _FORMAT_KEY = b"kgbuild.record", b"kgbuild.format"
_GROUP_RECORDS = 64
_GROUP_CHARACTERS = 2_000_000
_SCALARS = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def write_records(path: Path, records: Iterable[T], kind: type[T]) -> int:
    """Number of records written to `path`, a Parquet file that replaces any of that name once it is whole.

    `records` is read once, a row group at a time. Nothing is left behind when it, or the disk, fails.
    A text with a lone surrogate has no UTF-8 form: it is refused, nothing is replaced in it.

    Raises: HandoffError.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        try:
            count = _write(beside, records, kind)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HandoffError(
            f"hand-over file {str(path)!r} cannot be written: {error.strerror or error}; "
            "an existing folder with free space is needed",
            subject=path,
        ) from error
    return count


def read_records(path: Path, kind: type[T]) -> Iterator[T]:
    """The records of a file that `write_records` made, a row group in memory at a time.

    The file's kind is checked at the call, its pages as they are read.

    Raises: HandoffError.
    """
    with ExitStack() as opened:
        try:
            file = opened.enter_context(parquet.ParquetFile(path, page_checksum_verification=True))
        except FileNotFoundError as error:
            raise HandoffError(
                f"hand-over file {str(path)!r} does not exist; run the stage that writes {kind.__name__} records",
                subject=path,
            ) from error
        except (OSError, pa.ArrowException) as error:
            raise _damaged(path, kind, error) from error
        _check_kind(path, file.schema_arrow, kind)
        return _rows(path, kind, file, opened.pop_all())


def _write(path: Path, records: Iterable[T], kind: type[T]) -> int:
    schema, codec, count = _schema(kind), _codec(kind), 0
    with path.open("wb") as sink:
        with parquet.ParquetWriter(sink, schema, compression="zstd", write_page_checksum=True) as writer:
            for group in _groups(records, kind):
                batch = pa.RecordBatch.from_struct_array(_encoded(group, codec, kind))
                writer.write_table(pa.Table.from_batches([batch], schema), row_group_size=len(group))
                count += len(group)
        sink.flush()
        os.fsync(sink.fileno())
    return count


def _rows(path: Path, kind: type[T], file: parquet.ParquetFile, opened: ExitStack) -> Iterator[T]:
    decode = _codec(kind).decode
    with opened:
        for number in range(file.num_row_groups):
            try:
                batches = file.read_row_group(number).combine_chunks().to_batches()
            except (OSError, pa.ArrowException) as error:
                raise _damaged(path, kind, error) from error
            for batch in batches:
                yield from decode(batch.to_struct_array())


def _groups(records: Iterable[T], kind: type[T]) -> Iterator[list[T]]:
    """Runs of records that make one row group each: bounded in number and in characters."""
    texts = [attrgetter(name) for name in _text_fields(kind)]
    group: list[T] = []
    characters = 0
    for record in records:
        group.append(record)
        characters += sum(len(text(record)) for text in texts)
        if len(group) == _GROUP_RECORDS or characters >= _GROUP_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _encoded(group: list[T], codec: "_Codec", kind: type[T]) -> pa.StructArray:
    """Raises: HandoffError."""
    try:
        return codec.encode(group)
    except UnicodeEncodeError as error:
        raise HandoffError(
            f"{kind.__name__} holds the text {error.object[error.start : error.start + 20]!r}, expected characters "
            f"that UTF-8 can store, came a lone surrogate at {error.start}; replace it when the document is read",
            subject=error.object,
        ) from error
    except (pa.ArrowException, TypeError, OverflowError, AttributeError) as error:
        raise HandoffError(
            f"{kind.__name__} holds a value of the wrong type: {error}; give each field what records.py declares",
            subject=group,
        ) from error


def _check_kind(path: Path, schema: pa.Schema, kind: type) -> None:
    """Raises: HandoffError."""
    metadata = schema.metadata or {}
    came = metadata.get(_KIND_KEY, b"no kgbuild record").decode(errors="replace")
    if came != kind.__name__:
        raise HandoffError(
            f"hand-over file {str(path)!r}: expected {kind.__name__!r} records, came {came!r}; "
            "name the file of the stage before this one",
            subject=path,
        )
    if metadata.get(_FORMAT_KEY) != _FORMAT or not schema.equals(_schema(kind)):
        version = metadata.get(_FORMAT_KEY, b"none").decode(errors="replace")
        raise HandoffError(
            f"hand-over file {str(path)!r}: expected format {_FORMAT.decode()!r} with the fields of {kind.__name__}, "
            f"came format {version!r} with {schema.names!r}; run the stage that wrote it again",
            subject=path,
        )


def _damaged(path: Path, kind: type, error: Exception) -> HandoffError:
    first = str(error).strip().partition("\n")[0]
    return HandoffError(
        f"hand-over file {str(path)!r}: expected Parquet of {kind.__name__} records, came a damaged file ({first}); "
        "run the stage that wrote it again",
        subject=path,
    )


# Conversion works on columns, never on single values: one pass over all records of a group for each field.


@dataclass(frozen=True, slots=True)
class _Codec:
    """How values of one type become an Arrow array, and back."""

    type: pa.DataType
    """Arrow type of the column."""
    encode: Callable[[list[Any]], pa.Array]
    """Values, `None` among them where a record around them is missing, to a column."""
    decode: Callable[[pa.Array], list[Any]]
    """The mirror of `encode`."""


def _schema(kind: type) -> pa.Schema:
    return pa.schema(list(_codec(kind).type), metadata={_KIND_KEY: kind.__name__.encode(), _FORMAT_KEY: _FORMAT})


def _codec(hint: Any) -> _Codec:
    if hint in _SCALARS:
        return _scalar_codec(_SCALARS[hint])
    if isinstance(hint, type) and is_dataclass(hint):
        return _record_codec(hint)
    arguments = [item for item in get_args(hint) if item is not NoneType]
    if get_origin(hint) is tuple and len(arguments) == 2 and arguments[1] is ...:
        return _tuple_codec(_codec(arguments[0]))
    if get_origin(hint) in (Union, UnionType):
        if len(arguments) == 1:
            return _codec(arguments[0])
        if len(arguments) == 2 and arguments[0] is str and is_dataclass(arguments[1]):
            return _choice_codec(_codec(arguments[1]))
    raise HandoffError(f"Unexpected field type {hint!r}; expected str, int, float, bool, a record or a tuple of them")


def _scalar_codec(arrow: pa.DataType) -> _Codec:
    def decode(column: pa.Array) -> list[Any]:
        if column.null_count or pa.types.is_string(arrow):
            return list(column.to_pylist())
        return list(column.to_numpy(zero_copy_only=False).tolist())

    return _Codec(arrow, lambda values: pa.array(values, arrow), decode)


def _record_codec(kind: type) -> _Codec:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    codecs = [_codec(hints[name]) for name in names]
    getters = [attrgetter(name) for name in names]
    arrow = pa.struct([(name, codec.type) for name, codec in zip(names, codecs, strict=True)])

    def encode(values: list[Any]) -> pa.Array:
        missing = [value is None for value in values]
        if any(missing):
            columns = [[None if value is None else getattr(value, name) for value in values] for name in names]
        else:
            columns = [list(map(getter, values)) for getter in getters]
        arrays = [codec.encode(column) for codec, column in zip(codecs, columns, strict=True)]
        return pa.StructArray.from_arrays(arrays, fields=list(arrow), mask=pa.array(missing, pa.bool_()))

    def decode(column: pa.Array) -> list[Any]:
        parts = [codec.decode(column.field(number)) for number, codec in enumerate(codecs)]
        rows = zip(*parts, strict=True)
        if not column.null_count:
            return [kind(*row) for row in rows]
        return [kind(*row) if there else None for there, row in zip(_present(column), rows, strict=True)]

    return _Codec(arrow, encode, decode)


def _tuple_codec(item: _Codec) -> _Codec:
    arrow = pa.list_(item.type)

    def encode(values: list[Any]) -> pa.Array:
        missing = pa.array([value is None for value in values], pa.bool_())
        filled = [value or () for value in values]
        ends = pa.array(accumulate(map(len, filled), initial=0), pa.int32())
        flat = item.encode(list(chain.from_iterable(filled)))
        return pa.ListArray.from_arrays(ends, flat, type=arrow, mask=missing)

    def decode(column: pa.Array) -> list[Any]:
        flat = item.decode(column.flatten())
        ends = list(accumulate(column.value_lengths().fill_null(0).to_numpy().tolist(), initial=0))
        present = _present(column) if column.null_count else repeat(True)
        spans = zip(present, ends, ends[1:], strict=False)
        return [tuple(flat[start:end]) if there else None for there, start, end in spans]

    return _Codec(arrow, encode, decode)


def _choice_codec(record: _Codec) -> _Codec:
    arrow = pa.struct([("text", pa.string()), ("record", record.type)])

    def encode(values: list[Any]) -> pa.Array:
        texts = [value if isinstance(value, str) else None for value in values]
        records = [None if isinstance(value, str) else value for value in values]
        arrays = [pa.array(texts, pa.string()), record.encode(records)]
        return pa.StructArray.from_arrays(arrays, fields=list(arrow))

    def decode(column: pa.Array) -> list[Any]:
        pairs = zip(column.field(0).to_pylist(), record.decode(column.field(1)), strict=True)
        return [other if text is None else text for text, other in pairs]

    return _Codec(arrow, encode, decode)


def _present(column: pa.Array) -> list[bool]:
    return list(column.is_valid().to_numpy(zero_copy_only=False).tolist())


def _text_fields(kind: type, prefix: str = "") -> list[str]:
    """Dotted names of the texts of a record and of the records in it, lists and what may be missing left out."""
    hints = get_type_hints(kind)
    names = []
    for field in fields(kind):
        if hints[field.name] is str:
            names.append(prefix + field.name)
        elif is_dataclass(hints[field.name]):
            names += _text_fields(hints[field.name], f"{prefix}{field.name}.")
    return names
