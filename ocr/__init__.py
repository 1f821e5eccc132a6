"""Text with positions and confidence from a page image or a PDF; knows no database and no web.

Untrusted files are parsed only by the functions of `ocr.tasks`, which the application runs in its jail; `read_document`
puts their answers together.
"""

from ocr.base import EngineFailed, OcrEngine, OcrError, OverLimit, PageJson, PageText, UnreadableFile, Word, pages_text
from ocr.document import FailedPage, ReadPages, TaskRunner, read_document, read_pages
from ocr.geometry import turn_box

__all__ = [
    "EngineFailed",
    "FailedPage",
    "OcrEngine",
    "OcrError",
    "OverLimit",
    "PageJson",
    "PageText",
    "ReadPages",
    "TaskRunner",
    "UnreadableFile",
    "Word",
    "engine_version",
    "pages_text",
    "read_document",
    "read_pages",
    "turn_box",
]


def engine_version() -> str | None:
    """What recognises scans on this machine, e.g. ``tesseract 5.3.0 deu psm3``; None when nothing does."""
    from ocr.tesseract import TesseractEngine

    try:
        return TesseractEngine().version
    except EngineFailed:
        return None
