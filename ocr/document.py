"""A whole file read page by page through a task runner: text layer first, recognition where it does not hold.

Pure: the caller's runner does the parsing (in its jail, cached as it likes), this module decides what to ask for and
puts the answers together as the JSON of `dms read`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from ocr.answers import Description, PageFacts, TextLayer
from ocr.base import OcrError, PageJson, WordJson

_TEXT_LAYER_BATCH = 8
"""Pages per child: few enough for its ten CPU seconds."""


class TaskRunner(Protocol):
    """Runs `describe`, `text_layer` or `read_page` of `ocr.tasks` on the file at hand and gives its value.

    Raises `OcrError` with a code when the content was refused, the child crashed or the time was up.
    """

    def __call__(self, task: str, /, **options: str | int | float | bool | None) -> Any: ...


@dataclass(frozen=True)
class FailedPage:
    """A page that could not be read; the others are kept."""

    number: int
    code: str


@dataclass(frozen=True)
class ReadPages:
    """The pages of a file in order, and those that failed."""

    pages: tuple[PageJson, ...]
    failed: tuple[FailedPage, ...]


def read_pages(run: TaskRunner, page_count: int, *, is_pdf: bool) -> ReadPages:
    """Read every page of a file. One that fails is named and does not lose the others."""
    pages: list[PageJson] = []
    failed: list[FailedPage] = []
    for number, layer in enumerate(_text_layers(run, page_count, is_pdf=is_pdf), start=1):
        try:
            pages.append(layer or cast(PageJson, run("read_page", page=number)))
        except OcrError as exc:
            failed.append(FailedPage(number, exc.code))
    return ReadPages(tuple(pages), tuple(failed))


def read_document(
    run: TaskRunner,
    *,
    file: str,
    file_sha256: str,
    read_fields: Callable[[Sequence[Sequence[WordJson]], Sequence[str]], Mapping[str, Mapping[str, Any]]],
    pixels: bool = False,
) -> dict[str, Any]:
    """The answer of `dms read` for one file; one that is refused or of which no page is read says so by a `reason`.

    `read_fields` turns the words of each page, in order, and the texts of all codes into fields (name to value,
    confidence, page, box, witnesses, accepted); a page that failed has no words. With `pixels` the boxes of a bare
    image are pixels of the stored image.
    """
    answer: dict[str, Any] = {"file": file, "file_sha256": file_sha256, "pages": [], "codes": [], "fields": {}}
    try:
        description = cast(Description, run("describe"))
    except OcrError as exc:
        return {**answer, "reason": exc.code}
    read = read_pages(run, description["page_count"], is_pdf=description["format"] == "pdf")
    codes = [code for page in read.pages for code in page.get("codes", [])]
    words = {page["number"]: page["words"] for page in read.pages}
    in_order = [words.get(number, []) for number in range(1, description["page_count"] + 1)]
    fields = read_fields(in_order, [code["text"] for code in codes])
    if pixels and description["format"] != "pdf":
        scales = {number: _scale(page) for number, page in enumerate(description["pages"], start=1)}
        answer["pages"] = [_page_in_pixels(page, scales[page["number"]]) for page in read.pages]
        answer["fields"] = {name: _placed_in_pixels(field, scales) for name, field in fields.items()}
        answer["codes"] = [_placed_in_pixels(code, scales) for code in codes]
    else:
        answer["pages"], answer["fields"], answer["codes"] = list(read.pages), dict(fields), codes
    if read.failed and not read.pages:
        answer["reason"] = read.failed[0].code
    if read.failed:
        answer["failed_pages"] = [{"number": page.number, "reason": page.code} for page in read.failed]
    return answer


def _text_layers(run: TaskRunner, count: int, *, is_pdf: bool) -> Iterable[PageJson | None]:
    if not is_pdf:
        yield from [None] * count
        return
    for first in range(1, count + 1, _TEXT_LAYER_BATCH):
        last = min(first + _TEXT_LAYER_BATCH - 1, count)
        try:
            layer = cast(TextLayer, run("text_layer", first=first, last=last))
        except OcrError:  # what the text parser cannot take, the picture may still show
            yield from [None] * (last - first + 1)
        else:
            yield from layer["pages"]


def _scale(page: PageFacts) -> tuple[float, float]:
    return (page["width_px"] or 0) / page["width_pt"], (page["height_px"] or 0) / page["height_pt"]


def _page_in_pixels(page: PageJson, scale: tuple[float, float]) -> PageJson:
    words: list[WordJson] = [
        [word[0], *_box_in_pixels(cast(Sequence[float], word[1:5]), scale), word[5]] for word in page["words"]
    ]
    return {**page, "words": words}


def _placed_in_pixels(found: Mapping[str, Any], scales: Mapping[int, tuple[float, float]]) -> Mapping[str, Any]:
    if not found["box"]:
        return found
    return {**found, "box": _box_in_pixels(found["box"], scales[found["page"]])}


def _box_in_pixels(box: Sequence[float], scale: tuple[float, float]) -> list[float]:
    return [round(edge * scale[axis % 2], 2) for axis, edge in enumerate(box)]
