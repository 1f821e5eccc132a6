"""The jail task that reads a scanned page: the engines of `ocr`, told by `invoicing` what the words prove."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from invoicing.doubts import Judgement, judge
from ocr import DEFAULT_ENGINE, PageJson, Word
from ocr.tasks import read_page as read


def read_page(
    source: BinaryIO, scratch: Path, page: int, reader: str = DEFAULT_ENGINE, upright: int | None = None
) -> PageJson:
    """As `ocr.tasks.read_page`; accounts, VAT ids and sums that fail their proof are read by both engines."""
    return read(source, scratch, page, reader, upright, judge=_judged)


def _judged(words: Sequence[Word]) -> Judgement:
    return judge([word.as_json() for word in words])
