"""Tesseract behind the `OcrEngine` port, through pytesseract.

One pass a page (TSV: words, boxes and confidence together), one thread, limits from the process that calls it.
pytesseract is given the path of an uncompressed file: handed a picture it writes a PNG first, 0.6 to 1.4 s CPU a page.
"""

import csv
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import pytesseract

from ocr.base import EngineFailed, Reading, Word
from ocr.limits import MAX_WORDS_PER_PAGE
from ocr.page_image import PageImage

_WORD_LEVEL: Final = "5"
_SURE_OF_ORIENTATION: Final = 1.0
"""Below this Tesseract's own orientation confidence is noise; real pages reach 5 to 30."""


class TesseractEngine:
    """Reads with the `tesseract` program of the machine; an instance holds only its settings."""

    name = "tesseract"

    def __init__(self, languages: str = "deu", *, page_mode: int = 3) -> None:
        self._languages = languages
        self._page_mode = page_mode

    @cached_property
    def version(self) -> str:
        """For example ``tesseract 5.3.0 deu psm3``."""
        try:
            number = pytesseract.get_tesseract_version()
            known = pytesseract.get_languages()
        except (pytesseract.TesseractNotFoundError, SystemExit) as exc:
            raise EngineFailed("engine.missing") from exc
        if not set(self._languages.split("+")) <= set(known):
            raise EngineFailed("engine.missing")
        return f"tesseract {number} {self._languages} psm{self._page_mode}"

    def read(self, image: PageImage, *, timeout_seconds: float) -> Reading:
        """Words in reading order (see `OcrEngine`)."""
        config = f"--dpi {image.dpi} --psm {self._page_mode} -c tessedit_create_tsv=1"
        table = self._run(image, "tsv", self._languages, config, timeout_seconds)
        return Reading(_words(table), self.name)

    def orientation(self, image: PageImage, *, timeout_seconds: float) -> int | None:
        """Degrees clockwise that turn the image upright, None where Tesseract is not sure or has no `osd` data."""
        try:
            report = self._run(image, "osd", "osd", f"--dpi {image.dpi} --psm 0", timeout_seconds)
        except EngineFailed:
            return None
        sure = re.search(r"Orientation confidence: ([\d.]+)", report)
        turn = re.search(r"Rotate: (\d+)", report)
        if not sure or not turn or float(sure[1]) < _SURE_OF_ORIENTATION:
            return None
        return int(turn[1]) % 360

    def _run(self, image: PageImage, output: str, languages: str, config: str, timeout_seconds: float) -> str:
        os.environ["OMP_THREAD_LIMIT"] = "1"  # its threads cost more CPU than they save; public reports say 30-fold
        try:
            with image.as_file() as path, _work_folder(path.parent):
                report = pytesseract.run_and_get_output(str(path), output, languages, config, timeout=timeout_seconds)
        except pytesseract.TesseractNotFoundError as exc:
            raise EngineFailed("engine.missing") from exc
        except pytesseract.TesseractError as exc:
            missing = "loading language" in str(exc) or "Failed loading" in str(exc)
            raise EngineFailed("engine.missing" if missing else "engine.failed") from exc
        except RuntimeError as exc:  # pytesseract's way to say that the time is up
            raise EngineFailed("engine.timeout") from exc
        except OSError as exc:
            raise EngineFailed("engine.failed") from exc
        return str(report)


@contextmanager
def _work_folder(folder: Path) -> Iterator[None]:
    """pytesseract writes to the process's temporary folder and takes no other; lend it the one of the image."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _words(table: str) -> tuple[Word, ...]:
    rows = csv.DictReader(table.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE)
    found = (_word(row) for row in rows if row["level"] == _WORD_LEVEL and (row["text"] or "").strip())
    return tuple(word for word, _ in zip(found, range(MAX_WORDS_PER_PAGE), strict=False))


def _word(row: dict[str, str]) -> Word:
    x, y, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
    confidence = min(max(float(row["conf"]) / 100, 0.0), 1.0)
    return Word(row["text"].strip(), x, y, x + width, y + height, confidence)
