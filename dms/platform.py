"""What every step and page may use: the open ports of one running installation, a passenger list without logic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from dms.clock import Clock
from dms.config import Settings
from dms.db import Database
from dms.jail import Jail
from dms.mailing import Mailer
from invoicing import Rulebook
from search import SearchIndex
from storage import BlobStore


class WakeUp(Protocol):
    """Tells the workers of a queue to look at a job; losing the message costs latency, never work."""

    def __call__(self, queue: str, job_id: UUID) -> None: ...


@dataclass(frozen=True)
class Platform:
    """One installation, opened (`dms.app.build_platform`)."""

    settings: Settings
    db: Database
    store: BlobStore
    index: SearchIndex
    jail: Jail
    rules: Rulebook
    mailer: Mailer
    clock: Clock
    wake: WakeUp
    close: Callable[[], None]
