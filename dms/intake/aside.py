"""Where the sources of a hot folder go: `.erledigt/`, or `.fehler/` with a German text beside that says why.

A source lies in exactly one of the station's folders at any time; nothing there is ever overwritten.
"""

import ctypes
import errno
import hashlib
import logging
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit import service as audit
from dms.clock import BERLIN
from dms.errors import Unavailable
from dms.intake.completeness import open_regular
from dms.intake.models import Intake, Outcome
from dms.intake.wording import reason
from dms.platform import Platform
from storage import BlobCorrupt, BlobMissing, StoreUnavailable

log = logging.getLogger("dms.hotfolder")

WORK, DONE, FAILED = ".arbeit", ".erledigt", ".fehler"
WATCHER = system("watch")
ROWS_A_PASS = 50
_AT_FDCWD, _RENAME_NOREPLACE = -100, 1
_libc = ctypes.CDLL(None, use_errno=True)


def rename_new(source: Path, target: Path) -> None:
    """Rename, but never over something: raises `FileExistsError` then.

    File systems that cannot do this in one step (some network shares) look first.
    """
    names = os.fsencode(source), os.fsencode(target)
    if _libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_NOREPLACE) == 0:
        return
    error = ctypes.get_errno()
    if error not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(error, os.strerror(error), str(source), None, str(target))
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


def own_folder(station: Path, name: str) -> Path:
    """One of our folders in a station; raises `NotADirectoryError` when somebody put a link or a file in its place."""
    folder = station / name
    folder.mkdir(exist_ok=True)
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    return folder


def put_done(path: Path, station: Path, claim_id: str) -> Path:
    """The source of a claim to `.erledigt/`."""
    return _put(path, own_folder(station, DONE), path.name, claim_id)


def put_failed(path: Path, station: Path, claim_id: str, code: str, *, number: str, at: datetime) -> Path:
    """The source to `.fehler/`, beside it what is wrong, what the person can do, the time and the intake number."""
    folder = own_folder(station, FAILED)
    name = next(name for name in _names(path.name, claim_id) if not os.path.lexists(folder / name))
    lines = [reason(code), f"Zeitpunkt: {at.astimezone(BERLIN):%d.%m.%Y %H:%M}"]
    lines += [f"Eingangsnummer: {number}"] if number else []
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return _put(path, folder, name, claim_id)


def _put(path: Path, folder: Path, name: str, claim_id: str) -> Path:
    for candidate in _names(name, claim_id):
        try:
            rename_new(path, folder / candidate)
        except FileExistsError:
            continue
        return folder / candidate
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder / name))


def _names(name: str, claim_id: str) -> tuple[str, str]:
    """The name itself, or with the claim where another source of that name lies there."""
    stem, dot, suffix = name.rpartition(".")
    return name, f"{stem}-{claim_id}.{suffix}" if dot and stem else f"{name}-{claim_id}"


def move_failed(platform: Platform) -> None:
    """Sources of documents that became a Klärfall move on from `.erledigt/` to `.fehler/`."""
    wanted = _sources().where(Intake.outcome == Outcome.QUARANTINED, Intake.source_path.contains(f"/{DONE}/"))
    for row in _rows(platform, wanted):
        if _is_claimed(row):
            continue
        source = _find(row, DONE)
        if source is not None:
            code, number = row.reason_code or "", str(row.id)
            at = platform.clock.now()
            source = put_failed(source, source.parent.parent, _claim_id(row), code, number=number, at=at)
        _note(platform, row.id, source or _find(row, FAILED))


def empty_done(platform: Platform) -> int:
    """Remove sources that have lain in `.erledigt/` for long, each only after the store gave its bytes back unharmed;
    how many. What is not the source of an intake, or not equal to what was stored, stays."""
    latest = platform.clock.now() - timedelta(days=platform.settings.hotfolder_keep_days)
    wanted = _sources().where(
        Intake.outcome.in_((Outcome.INBOX, Outcome.FILED)),
        Intake.source_path.contains(f"/{DONE}/"),
        Intake.received_at < latest,
    )
    removed = 0
    for row in _rows(platform, wanted):
        if not _is_stored(platform, row.sha256 or ""):
            continue
        source = _find(row, DONE)
        if source is not None:
            source.unlink()
            removed += 1
        _note(platform, row.id, None)
    return removed


def _sources() -> Select[Intake]:
    return select(Intake).where(Intake.channel == "hotfolder").order_by(Intake.received_at).limit(ROWS_A_PASS)


def _rows(platform: Platform, wanted: Select[Intake]) -> list[Intake]:
    with platform.db.read(WATCHER) as session:
        return list(session.scalars(wanted))


def _find(row: Intake, folder: str) -> Path | None:
    """The source of an intake in one of the station's folders: by name, and by its bytes, because another watcher may
    have put a namesake there."""
    planned = Path(row.source_path or "")
    for name in _names(planned.name, _claim_id(row)):
        candidate = planned.parent.parent / folder / name
        if sha256_of(candidate) == row.sha256:
            return candidate
    return None


def _is_claimed(row: Intake) -> bool:
    """True while the source may still lie in `.arbeit/`, of a watcher that is at it or that died."""
    return (Path(row.source_path or "").parent.parent / WORK / _claim_id(row)).exists()


def sha256_of(path: Path) -> str | None:
    """The hash of a file; None when it cannot be read."""
    try:
        with open_regular(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def _claim_id(row: Intake) -> str:
    return row.claim_id.removeprefix("hot:")


def _note(platform: Platform, intake_id: UUID, source: Path | None) -> None:
    """Write down where the source lies now; None when it is gone."""
    with platform.db.write(WATCHER) as session:
        _set_source(session, intake_id, source)


def _set_source(session: Session, intake_id: UUID, source: Path | None) -> None:
    row = session.get_one(Intake, intake_id)
    audit.record(session, "intake.source_moved" if source else "intake.source_gone", row)
    row.source_path = str(source) if source else None


def _is_stored(platform: Platform, sha256: str) -> bool:
    try:
        platform.store.open(sha256, verify=True).close()
    except (BlobMissing, BlobCorrupt):
        log.error("stored original is damaged, its source stays", extra={"sha256": sha256})
        return False
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    return True
