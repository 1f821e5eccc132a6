"""What reading a page gives and who can read: words with boxes, the engine port, errors with stable codes.

Boxes of a `PageText` are points of the page as stored (before `/Rotate`, deskew or any turning by us), origin top left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, Protocol, TypedDict

if TYPE_CHECKING:  # numpy and OpenCV are for the processes that read, not for every command
    from ocr.page_image import PageImage

WordJson = list[str | float]
"""``[text, x0, y0, x1, y1, confidence]``."""


class PageJson(TypedDict):
    """One page as the jail tasks and `dms read` give it; boxes in points, confidence 0 to 1.

    A scanned page has ``codes`` and ``quality`` (null where it is blank).
    """

    number: int
    width_pt: float
    height_pt: float
    source: str
    rotation: int
    words: list[WordJson]
    codes: NotRequired[list[Any]]
    quality: NotRequired[Any]


@dataclass(frozen=True)
class Word:
    """One word and where it stands; the unit of the box is the reader's (pixels in an engine, points in a page)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float

    def as_json(self) -> WordJson:
        """The word in the order of the JSON, boxes to a hundredth."""
        box = (self.x0, self.y0, self.x1, self.y1)
        return [self.text, *(round(edge, 2) for edge in box), round(self.confidence, 3)]


@dataclass(frozen=True)
class PageText:
    """The words of one page; `rotation` = degrees clockwise that turn the stored page upright."""

    number: int
    width_pt: float
    height_pt: float
    source: str
    rotation: int
    words: tuple[Word, ...]

    def as_json(self) -> PageJson:
        """The page as plain data."""
        return {
            "number": self.number,
            "width_pt": round(self.width_pt, 2),
            "height_pt": round(self.height_pt, 2),
            "source": self.source,
            "rotation": self.rotation,
            "words": [word.as_json() for word in self.words],
        }


@dataclass(frozen=True)
class Reading:
    """What an engine read: words in reading order, boxes in pixels of the image; `source` names who read them."""

    words: tuple[Word, ...]
    source: str


class OcrEngine(Protocol):
    """Recognises the words of an upright page image; keeps nothing between two calls."""

    name: str

    @property
    def version(self) -> str:
        """Engine, version, language and parameters: two equal versions read alike.

        Raises EngineFailed("engine.missing") where the engine is not installed.
        """
        ...

    def read(self, image: "PageImage", *, timeout_seconds: float) -> Reading:
        """What stands on the page; nothing on an empty page.

        The time is processor time for an engine that reads in this process, so that a busy machine makes it slower and
        not worse; a program of its own is given it on the clock.

        Raises EngineFailed("engine.missing" | "engine.timeout" | "engine.failed").
        """
        ...

    def orientation(self, image: "PageImage", *, timeout_seconds: float) -> int | None:
        """Degrees clockwise (0, 90, 180, 270) that turn the image upright; None where the engine is not sure."""
        ...


class OcrError(Exception):
    """A file or page that cannot be read; `code` is stable and is worded by the application."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnreadableFile(OcrError):
    """The content is refused: pdf.encrypted, pdf.broken, pdf.empty, image.broken, format.unknown ..."""


class OverLimit(OcrError):
    """The content is larger than the limits allow: pdf.too_many_pages, pdf.page_too_large, image.too_large ..."""


class EngineFailed(OcrError):
    """The reading program failed, not the file: engine.missing, engine.timeout, engine.failed."""


def pages_text(pages: Sequence[PageJson]) -> str:
    """The plain text of pages, words apart by blanks, pages by form feeds: what an index takes."""
    return "\f".join(" ".join(str(word[0]) for word in page["words"]) for page in pages)
