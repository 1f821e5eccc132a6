"""Words of pages as `dms read` gives them, kept on disk outside the checkout: measuring again costs no recognition.

A page is kept by its bytes and by the sources of `ocr/` and of what tells it about doubts: whoever changes the
recognition reads everything anew.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast

from dms.intake.recognising import read_page
from ocr import tasks
from ocr.base import PageJson
from tests.conftest import ROOT

CACHE = Path(os.environ.get("DMS_BENCH_CACHE") or Path.home() / ".cache" / "aktenlauf-bench")


def recognised(data: bytes, page: int = 1) -> PageJson:
    """Page `page` (from 1) of the file, recognised as an image."""
    return _kept(data, f"page-{page}", lambda scratch: read_page(BytesIO(data), scratch, page))


def layered(data: bytes) -> list[PageJson]:
    """All pages of a PDF with text, through its text layer; those that are not trusted are recognised."""
    first = tasks.read_text_layer(BytesIO(data), Path())["pages"]
    return [page or recognised(data, number) for number, page in enumerate(first, 1)]


def _kept(data: bytes, what: str, read: Callable[[Path], PageJson]) -> PageJson:
    kept = CACHE / release() / f"{hashlib.sha256(data).hexdigest()}-{what}.json"
    if kept.is_file():
        return cast(PageJson, json.loads(kept.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        page = read(Path(scratch))
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")
    partial.rename(kept)
    return page


@cache
def release() -> str:
    """Names the recognition: a hash of its sources."""
    sources = [*sorted((ROOT / "ocr").glob("*.py")), ROOT / "invoicing/doubts.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
