"""Sheets that people lay between the papers of a stack: what they say, and their code.

A *separator* begins a new document; a *cover* names the case as well into which it goes. The code stands on the sheet
four times, so that a fold, a shadow or a stamp over one does not matter; a checksum tells it from anything else.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

SHEET_PREFIX: Final = "AKTENLAUF/1/"
"""Begins the code of our own sheets; only these separate, never a foreign code. The number is the version."""
_SHAPE: Final = re.compile(re.escape(SHEET_PREFIX) + r"([^/]*)/([^/]*)/([^/]*)/([0-9a-f]{8})")


@dataclass(frozen=True)
class Sheet:
    """What a sheet says; what it does not say is empty. `case_reference` makes it a cover sheet."""

    station: str = ""
    document_kind: str = ""
    case_reference: str = ""

    @property
    def code(self) -> str:
        """The text of its code, e.g. ``AKTENLAUF/1/bauamt/letter//5d1f0c2e``."""
        said = "/".join(quote(part, safe="") for part in (self.station, self.document_kind, self.case_reference))
        return f"{SHEET_PREFIX}{said}/{_checksum(said)}"


def read_sheet(text: str) -> Sheet | None:
    """The sheet behind a code's text; None for every other code, also for one of ours with a wrong checksum."""
    match = _SHAPE.fullmatch(text)
    if match is None or _checksum("/".join(match.groups()[:3])) != match[4]:
        return None
    return Sheet(*(unquote(part) for part in match.groups()[:3]))


def _checksum(said: str) -> str:
    return f"{zlib.crc32(said.encode()):08x}"
