"""One page image to words in points of the stored page: blank test, preparation, engine, orientation where in doubt."""

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np

from ocr.base import OcrEngine, PageJson, PageText, Reading, Word
from ocr.boxes import clip_box
from ocr.codes import Code, read_codes
from ocr.geometry import inverse, map_box
from ocr.limits import ENGINE_TIMEOUT_SECONDS
from ocr.page_image import PageImage
from ocr.preprocess import deskew, is_blank, lines_run_upwards, prepare, turn_quarters
from ocr.quality import Quality, assess
from ocr.raster import Raster

_FEW_WORDS: Final = 12
_UNSURE: Final = 0.6
_UPRIGHT_BOX_SHARE: Final = 0.4
_AS_GOOD: Final = 0.9


@dataclass(frozen=True)
class ScannedPage:
    """What a page image gave: its text, its codes, and how well it was scanned (None for a blank page)."""

    text: PageText
    codes: tuple[Code, ...] = ()
    quality: Quality | None = None

    def as_json(self) -> PageJson:
        """The page as plain data, with ``codes`` and ``quality``."""
        page = self.text.as_json()
        page["codes"] = [code.as_json(self.text.number) for code in self.codes]
        page["quality"] = self.quality
        return page


def recognise(
    raster: Raster, number: int, engine: OcrEngine, scratch: Path, *, upright: int | None = None
) -> ScannedPage:
    """Read a page, one way up where `upright` (degrees clockwise from the stored page) is known. The image lies in
    `scratch` only while the engine reads it.

    Raises EngineFailed as the engine does.
    """
    if is_blank(raster):
        return ScannedPage(_page(number, raster, "blank", ()))
    if upright is None:
        prepared, reading = _read_any_way_up(prepare(_turned_as_noted(raster)), engine, scratch)
    else:
        prepared = prepare(_turned_to(raster, upright))
        reading = _read(prepared, engine, scratch)
    quality = assess(raster, prepared, _image(prepared, scratch), reading.words)
    return ScannedPage(_page(number, prepared, reading.source, reading.words), read_codes(prepared), quality)


def _turned_as_noted(raster: Raster) -> Raster:
    """An image that notes its own turn (EXIF) is read that way up; a PDF page comes as it is shown already."""
    pending = (raster.rotation - _turn_of(raster)) % 360
    if not pending:
        return raster
    turned = turn_quarters(raster, pending)
    return turned.changed(turned.pixels, np.eye(3), turned=-pending)


def _turned_to(raster: Raster, upright: int) -> Raster:
    """As a person says that it is upright, whatever the file notes."""
    turned = turn_quarters(raster, (upright - _turn_of(raster)) % 360)
    return replace(turned, rotation=upright % 360)


def _turn_of(raster: Raster) -> int:
    """The quarter turn that the raster's matrix already holds."""
    angle = np.degrees(np.arctan2(raster.to_pixels[1, 0], raster.to_pixels[0, 0]))
    return round(float(angle) / 90) * 90 % 360


def _read_any_way_up(raster: Raster, engine: OcrEngine, scratch: Path) -> tuple[Raster, Reading]:
    """Read; ask for the orientation only when the page lies on its side or the words are few, unsure or upright."""
    reading = None
    if not lines_run_upwards(raster):
        reading = _read(raster, engine, scratch)
        if not _in_doubt(reading.words):
            return raster, reading
    image = _image(raster, scratch)
    degrees = engine.orientation(image, timeout_seconds=ENGINE_TIMEOUT_SECONDS)
    if degrees:
        turned = deskew(turn_quarters(raster, degrees))
        again = _read(turned, engine, scratch)
        if reading is None or _weight(again.words) > _share_to_beat(reading.words) * _weight(reading.words):
            return turned, again
    return raster, reading or _read(raster, engine, scratch)


def _read(raster: Raster, engine: OcrEngine, scratch: Path) -> Reading:
    return engine.read(_image(raster, scratch), timeout_seconds=ENGINE_TIMEOUT_SECONDS)


def _image(raster: Raster, scratch: Path) -> PageImage:
    return PageImage(raster.pixels, dpi=round(min(raster.dpi)), folder=scratch)


def _in_doubt(words: tuple[Word, ...]) -> bool:
    if len(words) < _FEW_WORDS:
        return True
    return fmean(word.confidence for word in words) < _UNSURE or _run_upwards(words)


def _run_upwards(words: tuple[Word, ...]) -> bool:
    upright = sum(word.y1 - word.y0 > word.x1 - word.x0 for word in words if len(word.text) > 2)
    return upright > _UPRIGHT_BOX_SHARE * len(words)


def _share_to_beat(words: tuple[Word, ...]) -> float:
    """Words that run upwards were read well from a page on its side: turned, they need not be read better still."""
    return _AS_GOOD if _run_upwards(words) else 1.0


def _weight(words: tuple[Word, ...]) -> float:
    """How much was read with confidence."""
    return sum(word.confidence * len(word.text) for word in words if word.confidence > 0.5)


def _page(number: int, raster: Raster, source: str, words: tuple[Word, ...]) -> PageText:
    back = inverse(raster.to_pixels)
    width, height = raster.width_pt, raster.height_pt
    placed = []
    for word in words:
        box = clip_box(map_box(back, (word.x0, word.y0, word.x1, word.y1)), width, height)
        placed.append(Word(word.text, *box, word.confidence))
    return PageText(number, width, height, source, raster.rotation, tuple(placed))
