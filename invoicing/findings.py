"""What a check or a reading has to say about an invoice: one finding a defect."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How much a finding weighs; only errors reject."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Finding(NamedTuple):
    """One defect: rule id, level, XPath of the place, business term, and the value concerned or the official text."""

    rule: str
    level: Level
    location: str | None = None
    bt: str | None = None
    detail: str = ""
