"""The pages of a document as they lie now: what was read of them, and a PDF that shows them.

Works on the originals, which never change; what is made of them is kept by original and arrangement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from dms.errors import Unavailable
from dms.intake import readings
from dms.platform import Platform
from dms.records import arrangement
from dms.records.arrangement import Leaf
from dms.records.models import Document
from ocr import packed_files
from storage import BlobRef, StoreUnavailable

PART_FILE = "part.pdf"


def content(platform: Platform, document: Document) -> dict[str, Any]:
    """What the text step kept, in the order of the pages (`records.arrangement.arranged`), or the text of a file
    without pages; empty before it has run."""
    leaves = arrangement.leaves_of(document)
    contents = contents_of(platform, leaves)
    if not any("pages" in each for each in contents.values()):
        return contents.get(document.original_sha256) or readings.content(platform, document.original_sha256)
    return arrangement.arranged(leaves, contents)


def contents_of(platform: Platform, leaves: Sequence[Leaf]) -> dict[str, dict[str, Any]]:
    """Original → what the text step kept of it, for every original that the leaves are pages of."""
    return {sha256: readings.content(platform, sha256) for sha256 in arrangement.originals(leaves)}


def assembled(platform: Platform, leaves: Sequence[Leaf]) -> bytes:
    """A PDF of these leaves: their pictures as they were coded, turned where a person said so; equal each time.

    Raises `Rejected` where it would be larger than a child of the jail may write.
    """
    parts = [_part(platform, sha256, run) for sha256, run in arrangement.runs(leaves)]
    if len(parts) == 1:
        return parts[0]
    return readings.run_on(platform, "join_files", packed_files(parts)).files[PART_FILE]


def _part(platform: Platform, sha256: str, leaves: Sequence[Leaf]) -> bytes:
    numbers = ",".join(str(leaf.page) if leaf.upright is None else f"{leaf.page}:{leaf.upright}" for leaf in leaves)
    return readings.run(platform, "take_pages", sha256, numbers=numbers).files[PART_FILE]


def put_file(platform: Platform, leaves: Sequence[Leaf], contents: Mapping[str, Mapping[str, Any]]) -> BlobRef:
    """Store the PDF of these leaves, hidden ones too, with what was read of them: nothing is recognised again."""
    data = assembled(platform, leaves)
    try:
        blob = platform.store.put(BytesIO(data), limit_bytes=len(data))
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    if not readings.content(platform, blob.sha256):
        read = arrangement.arranged([replace(leaf, is_hidden=False) for leaf in leaves], contents)
        plain = [{name: value for name, value in page.items() if name != "leaf"} for page in read["pages"]]
        readings.save(platform, blob.sha256, "text", readings.TEXT_RELEASE, {**read, "pages": plain})
    return blob
