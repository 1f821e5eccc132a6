"""What many tests need: an installation in a temporary folder, people, documents through the pipeline."""

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from dms.access import actors
from dms.actor import Actor, Role, system
from dms.app import Installation
from dms.audit import service as audit
from dms.clock import Clock
from dms.config import Settings
from dms.identity import service as identity
from dms.identity.models import LegalEntity, PaymentAuthority, User
from dms.ids import uuid7
from dms.intake.models import Intake, Outcome
from dms.intake.receive import Arrival, Receipt, receive
from dms.intake.tasks import JAIL_TASKS
from dms.jail import Jail
from dms.jobs.models import Job
from dms.platform import Platform
from dms.records import files
from dms.records.models import Case, PlanUnit
from invoicing import Rulebook
from tests.databases import DATABASE, begin_migrated

TEST = system("test")
PASSWORD = "ein langes Kennwort"


@contextmanager
def opened(
    data: Path, *, workers: bool = True, alone: bool = False, clock: Clock | None = None, **settings: object
) -> Iterator[Platform]:
    """An installation in `data`, its queues worked by this process unless told otherwise.

    Scans are read by Tesseract alone: the second engine costs each process seconds before its first page. All of them
    share what starts slowly: a migrated database to begin with, the workers of the official rules, and the jail, unless
    one is to be `alone` with what the environment says now.
    """
    values = {"poll_seconds": 0.1, "recognition": "tesseract", **settings}
    chosen = Settings(data=data, _env_file=None, **values)  # type: ignore[arg-type]
    if "database_url" not in settings:
        begin_migrated(data / DATABASE)
    jail = None if alone or "jail" in settings else _jail(os.getpid())
    installation = Installation(chosen, clock=clock, jail=jail, rules=_rules(os.getpid(), chosen.rules_path))
    try:
        if workers:
            installation.start_workers()
        yield installation.platform
    finally:
        installation.close()


@cache
def _jail(pid: int) -> Jail:
    """One of this process alone: a fork may not use that of its parent."""
    found = Jail(JAIL_TASKS)
    atexit.register(found.close)
    return found


@cache
def _rules(pid: int, folder: Path) -> Rulebook:
    found = Rulebook(folder, workers=2)
    atexit.register(found.close)
    return found


def add_person(platform: Platform, login: str, *roles: Role, limit_cents: int | None = None) -> Actor:
    """A person of the central inbox with these roles, as an actor."""
    with platform.db.write(TEST) as session:
        unit = identity.central_unit(session)
        user = identity.add_user(
            session, login=login, name=login.title(), password=PASSWORD, unit_id=unit.id, roles=roles
        )
        if limit_cents is not None:
            _authorise(session, user, limit_cents)
    return as_actor(platform, login)


def _authorise(session: object, user: User, limit_cents: int) -> None:
    entity = session.scalars(select(LegalEntity)).one()  # type: ignore[attr-defined]
    row = PaymentAuthority(
        id=uuid7(), user_id=user.id, legal_entity_id=entity.id, limit_cents=limit_cents, valid_from=date(2020, 1, 1)
    )
    audit.record(session, "authority.given", row)  # type: ignore[arg-type]
    session.add(row)  # type: ignore[attr-defined]


def as_actor(platform: Platform, login: str) -> Actor:
    """The person as an actor, with the rights of this moment."""
    with platform.db.read(TEST) as session:
        user = identity.user_by_login(session, login)
        assert user is not None
        return actors.person(session, user, origin="test", clock=platform.clock)


def bring(platform: Platform, name: str, data: bytes, *, station: str | None = None) -> Receipt:
    """One input through the one way in."""
    arrival = Arrival(channel="import", file_name=name, claim_id=f"test:{uuid7()}", station=station)
    return receive(platform, BytesIO(data), arrival, TEST)


def wait_for_outcome(platform: Platform, document_id: UUID, *, seconds: float = 90) -> Intake:
    """The intake of a document once its outcome stands and no job of it is open."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with platform.db.read(TEST) as session:
            intake = session.scalars(select(Intake).where(Intake.document_id == document_id)).one()
            open_jobs = select(Job.id).where(Job.subject_id == document_id, Job.state.in_(("ready", "running")))
            if intake.outcome != Outcome.PENDING and session.scalars(open_jobs).first() is None:
                return intake
        time.sleep(0.05)
    raise AssertionError(f"no outcome after {seconds} s")


def open_case(platform: Platform) -> Case:
    """A case of a file of the only unit of the plan."""
    with platform.db.write(TEST) as session:
        unit = PlanUnit(id=uuid7(), key="20.30", title="Steuern", parent_id=None, retention_years=10)
        audit.record(session, "plan_unit.created", unit)
        session.add(unit)
        session.flush()
        lead = identity.central_unit(session).id
        file = files.create_file(session, plan_unit_id=unit.id, title="Hunde", lead_unit_id=lead, clock=platform.clock)
        return files.create_case(session, file, title="2026", clock=platform.clock)
