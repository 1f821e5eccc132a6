"""The Leitweg-ID of German public buyers (BT-10) and its check digits (KoSIT, format specification 2.0.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

_FORM = re.compile(
    r"(?P<coarse>\d{2}(?:\d(?:\d{2}(?:\d{3,4}|\d{7})?)?)?)"
    r"(?:-(?P<fine>[A-Za-z0-9]{1,30}))?-(?P<check>\d{2})",
    re.ASCII,
)


class LeitwegId(NamedTuple):
    """The parts of a Leitweg-ID: the public body (`coarse`), its own routing (`fine`, may be "") and check digits."""

    coarse: str
    fine: str
    check: str

    @property
    def is_valid(self) -> bool:
        """Whether the check digits fit: the whole, letters as 10 to 35, is 1 modulo 97."""
        return int(_digits(self.coarse + self.fine) + self.check) % 97 == 1


def parse(text: str) -> LeitwegId | None:
    """The parts of a text in the form of a Leitweg-ID, None for any other text; check digits are not judged here."""
    found = _FORM.fullmatch(text)
    return LeitwegId(found["coarse"], found["fine"] or "", found["check"]) if found else None


def check_digits(coarse: str, fine: str = "") -> str:
    """The two check digits that belong to the given parts."""
    return f"{98 - int(_digits(coarse + fine) + '00') % 97:02}"


def _digits(text: str) -> str:
    return "".join(str(int(character, 36)) for character in text)
