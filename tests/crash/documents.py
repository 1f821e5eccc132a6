"""Inputs of every kind, each with a name and bytes of its own, and how each may end."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO

import typst
from PIL import Image, ImageDraw, ImageFont

from dms.demo.specimens import specimens

READ, KLAERFALL, REFUSED = "inbox", "quarantined", "refused"
KINDS = ("text", "pdf", "xrechnung", "text", "pdf", "scan", "xrechnung", "broken", "empty", "duplicate")


@dataclass(frozen=True)
class Input:
    """One file; `outcome` is how it ends if all goes well."""

    name: str
    data: bytes
    kind: str
    outcome: str

    @property
    def is_found(self) -> bool:
        """True when it must be in the index: whatever has a document."""
        return self.outcome != REFUSED


def inputs(count: int, seed: int) -> list[Input]:
    """`count` files of mixed kinds, in an order of their own."""
    found = list(_inputs(count))
    random.Random(seed).shuffle(found)
    return found


def _inputs(count: int) -> Iterator[Input]:
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        if kind == "duplicate":
            yield Input(f"{number:04d}-doppelt.txt", _text(number - len(KINDS) + 1), kind, READ)
        else:
            yield one(kind, number)


def one(kind: str, number: int) -> Input:
    """The file of a kind with this number."""
    suffix, make, outcome = {
        "text": ("txt", _text, READ),
        "pdf": ("pdf", _pdf, READ),
        "scan": ("png", _scan, READ),
        "xrechnung": ("xml", _xrechnung, READ),
        "broken": ("pdf", _broken, KLAERFALL),
        "empty": ("pdf", lambda number: b"", REFUSED),
    }[kind]
    return Input(f"{number:04d}-{kind}.{suffix}", make(number), kind, outcome)


def _text(number: int) -> bytes:
    return f"Schreiben Nummer {number} an die Samtgemeinde".encode()


def _pdf(number: int) -> bytes:
    return bytes(typst.compile(f'#set text(lang: "de")\nBescheid Nummer {number} vom Amt'.encode(), format="pdf"))


def _broken(number: int) -> bytes:
    return f"%PDF-1.4\nkaputt {number}\n%%EOF\n".encode()


def _xrechnung(number: int) -> bytes:
    return _invoice().replace(b"2026-1187", f"2026-{number:06d}".encode())


@cache
def _invoice() -> bytes:
    today = date(2026, 11, 23)
    return next(specimen.data for specimen in specimens(today) if specimen.name == "xrechnung-2026-1187.xml")


def _scan(number: int) -> bytes:
    page = Image.new("L", (620, 877), 255)
    font = ImageFont.load_default(size=28)
    ImageDraw.Draw(page).multiline_text((60, 100), f"Antrag\nNummer {number}\nam Dorfplatz", fill=0, font=font)
    target = BytesIO()
    page.save(target, "PNG", dpi=(75, 75))
    return target.getvalue()
