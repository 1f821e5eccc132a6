"""What the functions of `ocr.tasks` answer, as plain data; those who ask need none of what parses."""

from typing import TypedDict

from ocr.base import PageJson


class PageFacts(TypedDict):
    """Size of one stored page; pixels are null for PDF pages."""

    width_pt: float
    height_pt: float
    width_px: int | None
    height_px: int | None
    rotation: int


class Description(TypedDict):
    """What a file is, before anything in it is decoded; `hazards` name active or hidden content."""

    format: str
    page_count: int
    pages: list[PageFacts]
    hazards: list[str]
    encrypted: bool


class TextLayer(TypedDict):
    """One entry per page asked for; null = the page must be recognised."""

    pages: list[PageJson | None]


class Picture(TypedDict):
    """The size of `page.jpg` and the size of the page it shows, turned as `rotation` says."""

    width_px: int
    height_px: int
    width_pt: float
    height_pt: float
    rotation: int
