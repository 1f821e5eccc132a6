"""The composition root: the only place where adapters are chosen and opened."""

import logging
from collections.abc import Callable

from dms.clock import Clock, SystemClock
from dms.config import Settings
from dms.db import Database
from dms.errors import Unavailable
from dms.intake.learning import STEPS as LEARNING
from dms.intake.pipeline import STEPS as PIPELINE
from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail
from dms.jobs.broker import WakeUps, Workers, open_broker
from dms.jobs.steps import Step
from dms.migrations import upgrade
from dms.payables.export_finance import STEPS as HAND_OVER
from dms.platform import Platform
from search import IndexUnavailable, open_index
from storage import StoreUnavailable, open_store

log = logging.getLogger("dms.app")

STEPS: dict[str, Step] = {**PIPELINE, **LEARNING, **HAND_OVER}


class Installation:
    """One opened installation: its platform and, where this process works the queues, its workers."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self._broker = open_broker(settings.broker_url)
        self._wakeups = WakeUps(self._broker)
        self._workers: Workers | None = None
        self.platform = _build(settings, clock or SystemClock(), self._wakeups, self.close)

    def start_workers(self) -> None:
        """Work the queues in this process until `close`."""
        self._workers = Workers(self.platform, STEPS, self._broker, self._wakeups)
        self._workers.start()

    def close(self) -> None:
        """Finish what runs and let go of everything."""
        if self._workers is not None:
            self._workers.stop()
            self._workers = None
        self._broker.close()
        self.platform.jail.close()
        self.platform.db.close()


def _build(settings: Settings, clock: Clock, wakeups: WakeUps, close: Callable[[], None]) -> Platform:
    database = Database(settings.effective_database_url)
    if settings.is_embedded:
        upgrade(settings.effective_database_url)
    database.wake = wakeups
    jail = Jail(JAIL_TASKS, required=settings.jail == "require")
    jail.check()
    try:
        store = open_store(settings.effective_storage_url)
        index = open_index(settings.effective_search_url)
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    except IndexUnavailable as exc:
        raise Unavailable("search") from exc
    return Platform(
        settings=settings,
        db=database,
        store=store,
        index=index,
        jail=jail,
        clock=clock,
        wake=wakeups,
        close=close,
    )
