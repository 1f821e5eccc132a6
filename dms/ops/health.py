"""How each part of the installation is: asked now, in a moment, without changing anything."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit.models import AuditEvent, Seal, SealedLeaf
from dms.errors import DmsError
from dms.intake.aside import FAILED
from dms.intake.left_alone import told
from dms.jail import JailError
from dms.jobs.models import Job
from dms.payables.models import Notice
from dms.payables.worklist import missing_receipts
from dms.platform import Platform
from dms.records.retention import unlocked
from invoicing.rulesets import RuleSetError, installed
from ocr import EngineFailed, engine
from search import Query, Scope, SearchError
from storage import BlobMissing, StorageError

NOTHING = "0" * 64
"""A hash that no content has: asking the store for it shows that the store answers."""
SEAL_LATE = timedelta(minutes=5)
JOB_LATE = timedelta(minutes=15)
RECEIPT_LATE = timedelta(days=3)
BACKUP_LATE = timedelta(hours=26)
DRILL_LATE = timedelta(days=35)
LOCK_LATE = timedelta(hours=1)
LOW_DISK_BYTES = 2 * 1024**3
SHOWN_LEFT_ALONE = 5
HEALTH = system("web")


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Part:
    """One part: its name, its state, the code of what that means, and a figure for the sentence."""

    name: str
    state: State
    code: str
    value: int | str | datetime | None = None


def components(platform: Platform) -> dict[str, State]:
    """What the application cannot work without, for machines that watch it."""
    return {part.name: part.state for part in (_database(platform), _storage(platform), _search(platform))}


def parts(platform: Platform) -> list[Part]:
    """Everything that the health page shows."""
    asked: tuple[Callable[[Platform], Part], ...] = (
        _database,
        _storage,
        _search,
        _jail,
        _recognition,
        _rules,
        _hotfolder,
    )
    return [*(ask(platform) for ask in asked), *_left_alone(platform), *_from_rows(platform), _tls(platform)]


def _database(platform: Platform) -> Part:
    try:
        with platform.db.read(HEALTH) as session:
            session.scalar(select(func.count(Seal.number)))
    except (DmsError, SQLAlchemyError):
        return Part("database", State.FAILED, "down")
    return Part("database", State.OK, "answers")


def _storage(platform: Platform) -> Part:
    try:
        platform.store.stat(NOTHING)
    except BlobMissing:
        pass
    except StorageError:
        return Part("storage", State.FAILED, "down")
    free = shutil.disk_usage(platform.settings.folder).free if platform.settings.folder.exists() else None
    if free is not None and free < LOW_DISK_BYTES:
        return Part("storage", State.WARNING, "disk_low", free)
    return Part("storage", State.OK, "answers", free)


def _search(platform: Platform) -> Part:
    try:
        platform.index.search(Query(text="a", scope=Scope(frozenset()), limit=1))
    except SearchError:
        return Part("search", State.FAILED, "down")
    return Part("search", State.OK, "answers")


def _jail(platform: Platform) -> Part:
    try:
        strength = platform.jail.strength()
    except JailError:
        return Part("jail", State.FAILED, "down")
    if strength.is_full:
        return Part("jail", State.OK, "full")
    missing = ", ".join(name for name, holds in asdict(strength).items() if not holds)
    return Part("jail", State.WARNING if strength.network_closed else State.FAILED, "weak", missing)


def _recognition(platform: Platform) -> Part:
    wanted = platform.settings.recognition
    try:
        version = engine(wanted).version
    except EngineFailed:
        return Part("recognition", State.FAILED, "missing", wanted)
    if wanted == "cascade" and version.startswith("rapidocr"):
        return Part("recognition", State.WARNING, "slow", version)
    return Part("recognition", State.OK, "engine", version)


def _rules(platform: Platform) -> Part:
    """The newest rule set; whether its files are those that were installed is asked again by every worker."""
    found = installed(platform.settings.rules_path)
    if not found:
        return Part("rules", State.FAILED, "missing")
    try:
        for one in found:
            one.verify()
    except RuleSetError as exc:
        return Part("rules", State.FAILED, "altered", exc.detail)
    return Part("rules", State.OK, "installed", f"{found[0].name} {found[0].version}")


def _hotfolder(platform: Platform) -> Part:
    root = platform.settings.hotfolder_path
    if not root.is_dir():
        return Part("hotfolder", State.WARNING, "missing", str(root))
    failed = sum(1 for folder in root.glob(f"*/{FAILED}") for path in folder.glob("*.txt") if path.is_file())
    return Part("hotfolder", State.WARNING if failed else State.OK, "failed_files" if failed else "watched", failed)


def _left_alone(platform: Platform) -> Iterator[Part]:
    """What the watcher does not take, or must leave where it is."""
    notices = told(platform.settings.folder)
    for notice in notices[:SHOWN_LEFT_ALONE]:
        family, _, code = notice.code.partition(".")
        yield Part("left_alone", State.WARNING, code if family == "hotfolder" else "refused", notice.path)
    if len(notices) > SHOWN_LEFT_ALONE:
        yield Part("left_alone", State.WARNING, "more", len(notices) - SHOWN_LEFT_ALONE)


def _from_rows(platform: Platform) -> Iterator[Part]:
    now = platform.clock.now()
    try:
        with platform.db.read(HEALTH) as session:
            yield from (_jobs(session, now), _parked(session), _seals(session, now), _receipts(session, now))
            yield _mail(session)
            yield from (_verified(session), _backed_up(session, now), _locked(session, platform, now))
    except DmsError:
        return


def _jobs(session: Session, now: datetime) -> Part:
    oldest = session.scalar(select(func.min(Job.due_at)).where(Job.state == "ready"))
    waiting = session.scalar(select(func.count(Job.id)).where(Job.state.in_(("ready", "running")))) or 0
    if oldest is not None and now - oldest > JOB_LATE:
        return Part("jobs", State.FAILED, "standing", oldest)
    return Part("jobs", State.OK, "working", waiting)


def _parked(session: Session) -> Part:
    count = session.scalar(select(func.count(Job.id)).where(Job.state == "parked")) or 0
    return Part("clarifications", State.WARNING if count else State.OK, "waiting" if count else "none", count)


def _seals(session: Session, now: datetime) -> Part:
    last = session.scalar(select(func.max(SealedLeaf.event_id))) or 0
    oldest = session.scalar(select(func.min(AuditEvent.at)).where(AuditEvent.id > last))
    if oldest is not None and now - oldest > SEAL_LATE:
        return Part("seals", State.FAILED, "late", oldest)
    newest = session.scalar(select(func.max(Seal.sealed_at)))
    return Part("seals", State.OK, "sealed" if newest else "none_yet", newest)


def _receipts(session: Session, now: datetime) -> Part:
    count = len(missing_receipts(session, now - RECEIPT_LATE))
    return Part("receipts", State.WARNING if count else State.OK, "missing" if count else "none", count)


def _mail(session: Session) -> Part:
    count = session.scalar(select(func.count(Notice.id)).where(Notice.failed_code.is_not(None))) or 0
    return Part("mail", State.WARNING if count else State.OK, "undelivered" if count else "none", count)


def _newest(session: Session, action: str) -> AuditEvent | None:
    query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id.desc()).limit(1)
    return session.scalars(query).first()


def _verified(session: Session) -> Part:
    event = _newest(session, "system.verified")
    if event is None:
        return Part("verification", State.WARNING, "never")
    if event.details.get("faults"):
        return Part("verification", State.FAILED, "faults", event.at)
    return Part("verification", State.OK, "clean", event.at)


def _backed_up(session: Session, now: datetime) -> Part:
    """The worst of what is to be said about the last backup and the last drill."""
    made, tried = _newest(session, "system.backed_up"), _newest(session, "system.drilled")
    if made is None:
        return Part("backup", State.WARNING, "never")
    if made.details.get("faults"):
        return Part("backup", State.FAILED, "faults", made.at)
    if now - made.at > BACKUP_LATE:
        return Part("backup", State.FAILED, "late", made.at)
    if tried is not None and tried.details.get("faults"):
        return Part("backup", State.FAILED, "drill_failed", tried.at)
    if tried is None or now - tried.at > DRILL_LATE:
        return Part("backup", State.WARNING, "not_tried", made.at)
    return Part("backup", State.OK, "tried", tried.at)


def _locked(session: Session, platform: Platform, now: datetime) -> Part:
    days = platform.settings.retain_days
    if days == 0:
        return Part("retention", State.OK, "off")
    count = unlocked(session, now - timedelta(days=days), now - LOCK_LATE)
    return Part("retention", State.WARNING if count else State.OK, "unlocked" if count else "locked", count)


def _tls(platform: Platform) -> Part:
    if platform.settings.has_tls:
        return Part("tls", State.OK, "on")
    return Part("tls", State.WARNING, "loopback_only")
