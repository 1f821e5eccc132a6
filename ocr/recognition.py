"""One page image to words in points of the stored page: blank test, preparation, engine, orientation where in doubt."""

from pathlib import Path
from statistics import fmean
from typing import Final

import numpy as np
from PIL import Image

from ocr.base import OcrEngine, PageText, Word
from ocr.geometry import clip_box, inverse, map_box
from ocr.limits import ENGINE_TIMEOUT_SECONDS
from ocr.preprocess import is_blank, lines_run_upwards, prepare, turn_quarters, work_dpi
from ocr.raster import Raster

_FEW_WORDS: Final = 12
_UNSURE: Final = 0.6
_UPRIGHT_BOX_SHARE: Final = 0.4


def recognise(raster: Raster, number: int, engine: OcrEngine, scratch: Path) -> PageText:
    """Read a page. The image lies in `scratch` only while the engine reads it.

    Raises EngineFailed as the engine does.
    """
    if is_blank(raster):
        return _page(number, raster, "blank", ())
    upright = prepare(_turned_as_noted(raster))
    path = scratch / "page.pgm"
    try:
        prepared, words = _read_any_way_up(upright, engine, path)
    finally:
        path.unlink(missing_ok=True)
    return _page(number, prepared, engine.name, words)


def _turned_as_noted(raster: Raster) -> Raster:
    """An image that notes its own turn (EXIF) is read that way up; a PDF page comes as it is shown already."""
    pending = (raster.rotation - _turn_of(raster)) % 360
    if not pending:
        return raster
    turned = turn_quarters(raster, pending)
    return turned.changed(turned.pixels, np.eye(3), turned=-pending)


def _turn_of(raster: Raster) -> int:
    """The quarter turn that the raster's matrix already holds."""
    angle = np.degrees(np.arctan2(raster.to_pixels[1, 0], raster.to_pixels[0, 0]))
    return round(float(angle) / 90) * 90 % 360


def _read_any_way_up(raster: Raster, engine: OcrEngine, path: Path) -> tuple[Raster, tuple[Word, ...]]:
    """Read; ask for the orientation only when the page lies on its side or the words are few, unsure or upright."""
    words: tuple[Word, ...] = ()
    sideways = lines_run_upwards(raster)
    if not sideways:
        words = _read(raster, engine, path)
        if not _in_doubt(words):
            return raster, words
    else:
        _write(raster, path)
    degrees = engine.orientation(path, dpi=work_dpi(raster), timeout_seconds=ENGINE_TIMEOUT_SECONDS)
    if degrees:
        turned = prepare(turn_quarters(raster, degrees))
        again = _read(turned, engine, path)
        return (turned, again) if _weight(again) > _weight(words) else (raster, words)
    return raster, words or (_read(raster, engine, path) if sideways else ())


def _read(raster: Raster, engine: OcrEngine, path: Path) -> tuple[Word, ...]:
    _write(raster, path)
    return engine.read(path, dpi=work_dpi(raster), timeout_seconds=ENGINE_TIMEOUT_SECONDS)


def _write(raster: Raster, path: Path) -> None:
    Image.fromarray(raster.pixels).save(path, format="PPM")


def _in_doubt(words: tuple[Word, ...]) -> bool:
    if len(words) < _FEW_WORDS:
        return True
    upright = sum(word.y1 - word.y0 > word.x1 - word.x0 for word in words if len(word.text) > 2)
    return fmean(word.confidence for word in words) < _UNSURE or upright > _UPRIGHT_BOX_SHARE * len(words)


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
