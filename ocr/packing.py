"""What a child of the jail is given as one file, because it is given only one."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Final

from ocr.base import PageJson

_LENGTH_BYTES: Final = 8


def packed(original: BinaryIO, pages: Sequence[PageJson]) -> bytes:
    """Original and reading as one file."""
    return packed_files([json.dumps(list(pages), ensure_ascii=False).encode(), original.read()])


def unpacked(source: BinaryIO) -> tuple[io.BytesIO, list[PageJson]]:
    """What `packed` put together."""
    reading, original = unpacked_files(source)
    return original, json.load(reading)


def packed_files(files: Iterable[bytes]) -> bytes:
    """Several files as one."""
    return b"".join(len(data).to_bytes(_LENGTH_BYTES, "big") + data for data in files)


def unpacked_files(source: BinaryIO) -> Iterator[io.BytesIO]:
    """What `packed_files` put together."""
    source.seek(0)
    while length := source.read(_LENGTH_BYTES):
        yield io.BytesIO(source.read(int.from_bytes(length, "big")))
