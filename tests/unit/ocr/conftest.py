"""Specimens for reading: a letter as PDF and as page image, made by Typst."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pikepdf
import pytest
import typst
from PIL import Image

LETTER = """
#set page(width: 210mm, height: 297mm, margin: 25mm)
#set text(size: 11pt)
#place(top + left)[Zweckverband Mühlengrund]
#v(40mm)
Sehr geehrte Damen und Herren,

für die Unterhaltung der Gräben im Ortsteil Grünheide berechnen wir Ihnen den Betrag von 1.234,56 EUR. Bitte überweisen
Sie den Betrag innerhalb von vierzehn Tagen auf unser Konto bei der Sparkasse. Die Arbeiten wurden im vergangenen
Monat ausgeführt und vom Bauhof der Gemeinde abgenommen.

Mit freundlichen Grüßen
"""


@pytest.fixture(scope="session")
def letter_pdf() -> bytes:
    return bytes(typst.compile(LETTER.encode(), format="pdf"))


@pytest.fixture(scope="session")
def letter_image() -> Image.Image:
    """The letter at 200 dpi, grey."""
    png = typst.compile(LETTER.encode(), format="png", ppi=200)
    return Image.open(io.BytesIO(bytes(png))).convert("L")


@pytest.fixture
def as_file() -> Callable[..., BinaryIO]:
    """An image or its frames as a file in memory."""

    def save(*frames: Image.Image, kind: str, **options: object) -> BinaryIO:
        file = io.BytesIO()
        if len(frames) > 1:
            options = {**options, "save_all": True, "append_images": list(frames[1:])}
        frames[0].save(file, format=kind, **options)
        file.seek(0)
        return file

    return save


@pytest.fixture
def changed_pdf(letter_pdf: bytes) -> Callable[..., BinaryIO]:
    """The letter after a change to its pikepdf document."""

    def change(act: Callable[[pikepdf.Pdf], None], **save: object) -> BinaryIO:
        file = io.BytesIO()
        with pikepdf.open(io.BytesIO(letter_pdf)) as pdf:
            act(pdf)
            pdf.save(file, **save)
        file.seek(0)
        return file

    return change


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder
