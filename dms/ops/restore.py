"""`dms restore`: puts a snapshot into an empty installation, on whichever database and store it has.

Contents come first and rows last, in one transaction: what dies on the way leaves the installation as empty as before,
and is begun again with what the store has by then. What is left to do after the rows (`complete`) can be repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit import service as audit
from dms.audit.models import AuditEvent
from dms.audit.seal import anchor
from dms.audit.seal_file import SealFile
from dms.config import Settings
from dms.db import Database
from dms.errors import Conflict, Rejected, Unavailable
from dms.finding.service import reindex
from dms.identity.models import User
from dms.intake.models import Intake
from dms.migrations import alembic_config, revision_of, upgrade
from dms.ops.copying import Copied, Copier, Progress
from dms.ops.rows import filling, put_back
from dms.ops.vault import Snapshot, Vault, write_whole
from dms.ops.verify import verify
from dms.platform import Platform
from dms.records.models import Document
from dms.records.retention import Retention
from storage import BlobRef, BlobStore, StoreUnavailable, open_store

CLI = system("cli")
RESTORED = "system.restored"


def restore(settings: Settings, vault: Vault, name: str, snapshot: Snapshot, progress: Progress) -> Copied:
    """Put contents, rows, seals and the hand-over folder back; `complete` is still to be called.

    Called again after it was interrupted, it goes on. Raises `Conflict` (``restore.not_empty``, ``restore.schema``,
    ``restore.seals``), `Rejected` (``backup.damaged``, ``backup.newer``) and `Unavailable`; the rows are not changed
    then.
    """
    _require_known(snapshot.revision)
    is_there = _has(settings, name, snapshot.revision)
    if not is_there and SealFile(settings.seal_file).last_number():
        raise Conflict("restore.seals", file=str(settings.seal_file))
    contents = (BlobRef(str(sha256), int(size)) for sha256, size in vault.list_of(snapshot.contents))
    copier = Copier(vault.contents, _store(settings), from_code="backup.unreadable")
    copied = copier.copy_missing(contents, snapshot.contents.count, progress)
    if not is_there:
        _fill_database(settings, vault, name, snapshot, progress)
    upgrade(settings.effective_database_url)
    _put_back_files(settings, vault, snapshot)
    return copied


def complete(platform: Platform, progress: Progress) -> dict[str, Any]:
    """Lock the originals, anchor the seals that their places lack, rebuild the index, and verify every byte; what
    `verify` found."""
    Retention(platform).follow()
    anchor(platform.db, platform.store, SealFile(platform.settings.seal_file))
    progress("index", 0, 1)
    reindex(platform)
    progress("verify", 0, 1)
    return verify(platform, deep=True)


def _require_known(revision: str) -> None:
    try:
        ScriptDirectory.from_config(alembic_config("")).get_revision(revision)
    except CommandError as exc:
        raise Rejected("backup.newer") from exc


def _has(settings: Settings, name: str, revision: str) -> bool:
    """False for an empty database, True when the last thing that happened to it is that it got this snapshot."""
    found = revision_of(settings.effective_database_url)
    if found is None:
        return False
    with _opened(settings) as database, database.read(CLI) as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).first()
        if last is not None and last.action == RESTORED and last.details.get("snapshot") == name:
            return True
        if any(session.scalar(select(func.count()).select_from(each)) for each in (AuditEvent, User, Intake, Document)):
            raise Conflict("restore.not_empty")
    if found != revision:
        raise Conflict("restore.schema")
    return False


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = Database(settings.effective_database_url, threads=2)
    try:
        yield database
    finally:
        database.close()


def _store(settings: Settings) -> BlobStore:
    try:
        return open_store(settings.effective_storage_url)
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc


def _fill_database(settings: Settings, vault: Vault, name: str, snapshot: Snapshot, progress: Progress) -> None:
    upgrade(settings.effective_database_url, snapshot.revision)
    with _opened(settings) as database, database.write(CLI) as session:
        _put_back_rows(session, vault, snapshot, progress)
        details: dict[str, str | int | None] = {"snapshot": name, "contents": snapshot.contents.count}
        audit.record_key(session, RESTORED, "system", details=details)


def _put_back_rows(session: Session, vault: Vault, snapshot: Snapshot, progress: Progress) -> None:
    connection = session.connection()
    shapes = [each.shape for each in snapshot.tables]
    with filling(connection, shapes):
        for done, each in enumerate(snapshot.tables):
            progress("rows", done, len(shapes))
            found = sum(put_back(connection, each.shape, vault.content(sha256)) for sha256 in each.rows.hashes)
            if found != each.rows.count:
                raise Rejected("backup.damaged", part=each.shape.name)
    progress("rows", len(shapes), len(shapes))


def _put_back_files(settings: Settings, vault: Vault, snapshot: Snapshot) -> None:
    """The file of seals and the hand-over folder; a file that is there already stays."""
    if snapshot.seal_file is not None:
        _put_back(settings.seal_file, vault.content(snapshot.seal_file))
    for place, sha256, _ in vault.list_of(snapshot.handover):
        path = settings.handover_path / str(place)
        if settings.handover_path not in path.resolve().parents:
            raise Rejected("backup.damaged", part=str(place))
        _put_back(path, vault.content(str(sha256)))


def _put_back(path: Path, data: bytes) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
