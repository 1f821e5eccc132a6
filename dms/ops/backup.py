"""`dms backup`: one consistent state of the installation into a folder, while it works.

Order makes it consistent: first the seals that the database has are anchored and their file is kept, then all rows are
read as of one moment, then the contents that these rows speak of. A content is in the store before any row speaks of
it and is never changed, so whatever the rows need is there. A run that dies leaves contents, no snapshot; the next one
goes on with them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from dms import __version__
from dms.actor import system
from dms.audit import service as audit
from dms.audit.models import Seal
from dms.audit.seal import anchor, seal_line
from dms.audit.seal_file import SealFile
from dms.errors import Rejected
from dms.migrations import alembic_config
from dms.models import Base
from dms.ops.copying import Copied, Copier, Progress
from dms.ops.rows import Shape, pieces
from dms.ops.vault import Pieces, Snapshot, TableRows, Vault
from dms.ops.verify import claimed_contents
from dms.platform import Platform
from storage import BlobRef

LEFT_OUT = ("web_session", "retention_lock")
"""Who was logged in logs in again; what the store has locked is true of that store alone."""
CLI = system("cli")


@dataclass(frozen=True)
class Report:
    """What a backup did: `rows` and `contents` it holds, and what was new of the contents."""

    name: str
    rows: int
    contents: int
    copied: Copied
    seconds: float


def back_up(platform: Platform, folder: Path, progress: Progress, *, deep: bool = False) -> Report:
    """Add a snapshot to the backups in `folder`, and an event to the audit trail.

    With `deep`, contents that are there are read again and replaced where they are damaged. Raises `Rejected`
    (``backup.inside``, ``backup.foreign``) and `Unavailable` (``backup.busy``, ``backup.target``,
    ``backup.unwritable``, ``storage``, ``database``); then nothing but contents was added.
    """
    _refuse_inside(platform, folder)
    vault = Vault(folder, create=True)
    with vault.turn():
        started = platform.clock.now()
        anchor(platform.db, platform.store, SealFile(platform.settings.seal_file))
        seal_file = _kept_file(vault, platform.settings.seal_file)
        with platform.db.read(CLI) as session:
            made_at = platform.clock.now()
            tables = tuple(_kept_rows(session, vault, progress))
            contents = sorted({*_contents(session), *_sealed(session, platform.settings.seal_file)})
        copier = Copier(platform.store, vault.contents, to_code="backup.unwritable", deep=deep)
        copied = copier.copy_missing(contents, len(contents), progress)
        snapshot = Snapshot(
            made_at=made_at,
            software=__version__,
            revision=_revision(),
            tables=tables,
            contents=vault.keep_list([[blob.sha256, blob.size] for blob in contents]),
            contents_bytes=sum(blob.size for blob in contents),
            handover=vault.keep_list(list(_kept_handover(vault, platform.settings.handover_path))),
            seal_file=seal_file,
            faults=copied.faults,
        )
        name = vault.write(snapshot)
    rows = sum(each.rows.count for each in tables)
    seconds = (platform.clock.now() - started).total_seconds()
    _note(platform, name, len(contents), copied)
    return Report(name, rows, len(contents), copied, seconds)


def _refuse_inside(platform: Platform, folder: Path) -> None:
    """What burns with the house is no backup; and a store inside a backup would be copied into itself."""
    data, target = platform.settings.folder, folder.resolve()
    if target == data or data in target.parents or target in data.parents:
        raise Rejected("backup.inside", folder=str(folder))


def _kept_rows(session: Session, vault: Vault, progress: Progress) -> Iterator[TableRows]:
    tables = [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]
    for done, table in enumerate(tables):
        progress("rows", done, len(tables))
        yield TableRows(shape=Shape.of(table), rows=_kept_table(session, vault, table))
    progress("rows", len(tables), len(tables))


def _kept_table(session: Session, vault: Vault, table: Table) -> Pieces:
    count, hashes = 0, []
    for rows, data in pieces(session.connection(), table):
        count += rows
        hashes.append(vault.keep(data))
    return Pieces(count=count, hashes=tuple(hashes))


def _contents(session: Session) -> Iterator[BlobRef]:
    return (BlobRef(sha256, size) for sha256, size in claimed_contents(session).items())


def _sealed(session: Session, seal_file: Path) -> Iterator[BlobRef]:
    """The seals that the store has: what the file has, the store has."""
    last = SealFile(seal_file).last_number()
    for seal in session.scalars(select(Seal).where(Seal.number <= last)):
        line = seal_line(seal)
        yield BlobRef(hashlib.sha256(line).hexdigest(), len(line))


def _kept_file(vault: Vault, path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return vault.keep_stream(stream).sha256


def _kept_handover(vault: Vault, root: Path) -> Iterator[tuple[str, str, int]]:
    """Packages are complete once they have their name; what is still being built begins with a dot."""
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in place.parts):
            with path.open("rb") as stream:
                blob = vault.keep_stream(stream)
            yield place.as_posix(), blob.sha256, blob.size


def _revision() -> str:
    return str(ScriptDirectory.from_config(alembic_config("")).get_current_head())


def _note(platform: Platform, name: str, contents: int, copied: Copied) -> None:
    details: dict[str, str | int | None]
    details = {"snapshot": name, "contents": contents, "copied": copied.contents, "faults": len(copied.faults)}
    with platform.db.write(CLI) as session:
        audit.record_key(session, "system.backed_up", "system", details=details)
