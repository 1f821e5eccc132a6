"""Text with positions and confidence from a page image or a PDF; knows no database and no web.

Untrusted files are parsed only by the functions of `ocr.tasks`, which the application runs in its jail; `read_document`
puts their answers together.
"""

from ocr.base import EngineFailed, OcrEngine, OcrError, OverLimit, PageJson, PageText, UnreadableFile, Word, pages_text
from ocr.boxes import turn_box
from ocr.document import FailedPage, ReadPages, TaskRunner, read_document, read_pages
from ocr.engines import DEFAULT_ENGINE, ENGINE_NAMES, engine
from ocr.limits import MAX_ARCHIVE_BYTES, MAX_PAGES
from ocr.packing import packed, packed_files
from ocr.sheets import Sheet, read_sheet

__all__ = [
    "DEFAULT_ENGINE",
    "ENGINE_NAMES",
    "MAX_ARCHIVE_BYTES",
    "MAX_PAGES",
    "EngineFailed",
    "FailedPage",
    "OcrEngine",
    "OcrError",
    "OverLimit",
    "PageJson",
    "PageText",
    "ReadPages",
    "Sheet",
    "TaskRunner",
    "UnreadableFile",
    "Word",
    "engine",
    "packed",
    "packed_files",
    "pages_text",
    "read_document",
    "read_pages",
    "read_sheet",
    "turn_box",
]
