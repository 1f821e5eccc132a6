"""The engines by name, and which of them this machine has."""

from collections.abc import Callable
from typing import Final

from ocr.base import EngineFailed, OcrEngine
from ocr.cascade import Cascade, Judge
from ocr.rapid import RapidEngine, preload
from ocr.tesseract import TesseractEngine

DEFAULT_ENGINE: Final = "cascade"
_ALONE: Final[dict[str, Callable[[], OcrEngine]]] = {"tesseract": TesseractEngine, "rapidocr": RapidEngine}
ENGINE_NAMES: Final = (DEFAULT_ENGINE, *_ALONE)


def engine(name: str = DEFAULT_ENGINE, *, judge: Judge | None = None) -> OcrEngine:
    """The engine of this name. Raises EngineFailed("engine.unknown").

    `judge` tells the cascade which words cannot be right, so that the other engine is asked for their line.
    """
    if name == DEFAULT_ENGINE:
        return Cascade(TesseractEngine(), RapidEngine(), judge=judge)
    if name not in _ALONE:
        raise EngineFailed("engine.unknown")
    return _ALONE[name]()


def load_networks(name: str = DEFAULT_ENGINE) -> bool:
    """Load now what the engine of this name keeps in memory (seconds, some 300 MB); False where it keeps nothing."""
    if name == TesseractEngine.name:
        return False
    preload()
    return True
