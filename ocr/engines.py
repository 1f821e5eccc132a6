"""The engines by name, and which of them this machine has.

Each is imported when it is asked for: numpy, OpenCV and the rest take a fifth of a second, and most commands read
nothing.
"""

from typing import TYPE_CHECKING, Final

from ocr.base import EngineFailed, OcrEngine

if TYPE_CHECKING:
    from ocr.cascade import Judge

DEFAULT_ENGINE: Final = "cascade"
_TESSERACT: Final = "tesseract"
_RAPIDOCR: Final = "rapidocr"
ENGINE_NAMES: Final = (DEFAULT_ENGINE, _TESSERACT, _RAPIDOCR)


def engine(name: str = DEFAULT_ENGINE, *, judge: "Judge | None" = None) -> OcrEngine:
    """The engine of this name. Raises EngineFailed("engine.unknown").

    `judge` tells the cascade which words cannot be right, so that the other engine is asked for their line.
    """
    if name not in ENGINE_NAMES:
        raise EngineFailed("engine.unknown")
    from ocr.cascade import Cascade
    from ocr.rapid import RapidEngine
    from ocr.tesseract import TesseractEngine

    if name == _TESSERACT:
        return TesseractEngine()
    if name == _RAPIDOCR:
        return RapidEngine()
    return Cascade(TesseractEngine(), RapidEngine(), judge=judge)


def load_networks(name: str = DEFAULT_ENGINE) -> bool:
    """Load now what the engine of this name keeps in memory (seconds, some 300 MB); False where it keeps nothing."""
    if name == _TESSERACT:
        return False
    from ocr.rapid import preload

    preload()
    return True
