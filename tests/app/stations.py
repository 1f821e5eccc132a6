"""A hot folder with one station, watched pass by pass under a clock of its own."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dms.intake.hotfolder import HotFolder
from dms.intake.models import Intake
from dms.platform import Platform
from tests.factories import TEST

PDF = b"%PDF-1.4\n%%EOF\n"


@dataclass
class Watched:
    """What a test may do: drop files, look, and ask what became of them."""

    platform: Platform
    seconds: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.station.mkdir(parents=True, exist_ok=True)
        self.watcher = self.another()

    def another(self, **options: Any) -> HotFolder:
        """A second watcher, as on another machine, or one that was started anew."""
        return HotFolder(self.platform, now=lambda: self.seconds, **{**self.options, **options})

    @property
    def station(self) -> Path:
        return self.platform.settings.hotfolder_path / "rathaus"

    def drop(self, name: str | bytes, data: bytes = b"Guten Tag") -> Path:
        path = self.station / os.fsdecode(name)
        path.write_bytes(data)
        return path

    def passes(self, count: int = 5, *, after: float = 1) -> int:
        """Look so many times, each a while after the other; how many files were taken in."""
        taken = 0
        for _ in range(count):
            taken += self.watcher.poll()
            self.seconds += after
        return taken

    def intakes(self) -> Sequence[Intake]:
        with self.platform.db.read(TEST) as session:
            return session.scalars(select(Intake).order_by(Intake.received_at, Intake.id)).all()

    def names(self, folder: str) -> list[str]:
        path = self.station / folder
        return sorted(found.name for found in path.iterdir()) if path.exists() else []

    def reason(self, name: str) -> str:
        return (self.station / ".fehler" / f"{name}.txt").read_text(encoding="utf-8")
