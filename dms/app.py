"""The composition root: the only place where adapters are chosen and opened."""

import logging
import os
from collections.abc import Callable

from dms.actor import system
from dms.clock import Clock, SystemClock
from dms.config import Settings
from dms.db import Database
from dms.errors import Unavailable
from dms.intake.learning import STEPS as LEARNING
from dms.intake.pipeline import STEPS as PIPELINE
from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail
from dms.jobs.broker import WakeUps, Workers, open_broker
from dms.jobs.service import end_leases
from dms.jobs.steps import Step
from dms.mailing import open_mailer
from dms.migrations import is_current, upgrade
from dms.payables.export_finance import STEPS as HAND_OVER
from dms.payables.notices import STEPS as NOTICES
from dms.platform import Platform
from dms.process_lock import WorkLock
from invoicing import Rulebook
from search import IndexUnavailable, open_index
from storage import StoreUnavailable, open_store

log = logging.getLogger("dms.app")

STEPS: dict[str, Step] = {**PIPELINE, **LEARNING, **HAND_OVER, **NOTICES}


class Installation:
    """One opened installation: its platform and, where this process works the queues, its workers."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, jail: Jail | None = None, rules: Rulebook | None = None
    ) -> None:
        """A `jail` and `rules` that are given are shared with others: they stay open when this one is closed."""
        self._broker = open_broker(settings.effective_broker_url)
        self._wakeups = WakeUps(self._broker)
        self._workers: Workers | None = None
        self._shares_jail, self._shares_rules = jail is not None, rules is not None
        jail = jail or Jail(JAIL_TASKS, required=settings.jail == "require")
        rules = rules or Rulebook(settings.rules_path, workers=min(settings.worker_threads, os.cpu_count() or 1))
        self.platform = _build(settings, clock or SystemClock(), self._wakeups, self.close, jail, rules)

    def start_workers(self) -> None:
        """Work the queues in this process until `close`.

        The embedded system's only worker is whoever holds the DATA folder (`WorkLock`): leases that are still there
        belong to a process that died, and what they cover goes on at once.
        """
        settings = self.platform.settings
        if settings.is_embedded:
            with self.platform.db.write(system("worker")) as session:
                end_leases(session, self.platform.clock.now())
        one_writer = not settings.is_embedded and settings.has_embedded_index
        index_lock = WorkLock(settings.folder, "index.lock") if one_writer else None
        self._workers = Workers(self.platform, STEPS, self._broker, self._wakeups, index_lock=index_lock)
        self._workers.start()

    def close(self) -> None:
        """Let what runs finish or give it back, within seconds, and let go of everything."""
        if self._workers is not None:
            self._workers.stop()
            self._workers = None
        self._broker.close()
        if not self._shares_jail:
            self.platform.jail.close()
        if not self._shares_rules:
            self.platform.rules.close()
        self.platform.db.close()


def _build(
    settings: Settings, clock: Clock, wakeups: WakeUps, close: Callable[[], None], jail: Jail, rules: Rulebook
) -> Platform:
    if settings.is_embedded:
        upgrade(settings.effective_database_url)
    database = Database(settings.effective_database_url)
    if not is_current(database.engine):
        raise Unavailable("database.outdated")
    database.wake = wakeups
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
        rules=rules,
        mailer=open_mailer(settings.effective_mail_url, settings.effective_mail_from),
        clock=clock,
        wake=wakeups,
        close=close,
    )
