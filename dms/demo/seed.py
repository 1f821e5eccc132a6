"""Fills an installation with the fictitious town: its set-up once, its documents through the hot folder."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from dms.actor import system
from dms.clock import local_date
from dms.demo.specimens import Specimen, specimens
from dms.identity.service import user_count
from dms.identity.setup_file import read_setup
from dms.intake.aside import DONE, FAILED
from dms.intake.hotfolder import IGNORED_ENDINGS
from dms.intake.models import Intake, Outcome
from dms.intake.setup import apply_setup
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records.models import Document

PASSWORD = "aktenlauf-demo"  # noqa: S105 - of fictitious people, printed for whoever tries the demonstration
DEMO = system("cli")


@dataclass(frozen=True)
class Fate:
    """What became of one document."""

    file: str
    outcome: str
    document_id: UUID
    kind: str
    state: str
    sender: str | None
    title: str
    reason_code: str | None


def seed(platform: Platform) -> None:
    """Drop the town's documents and set the town up; an installation that has people already is left as it is.

    To be called before anybody watches the folders. The people come last, in one transaction: a run that was killed
    before them is done again from the start, one that was killed after them left all documents to be taken in.
    """
    with platform.db.read(DEMO) as session:
        if user_count(session):
            return
    setup = read_setup(Path(str(files("dms.demo") / "town.toml")))
    for person in setup.users:
        person.password = PASSWORD
    today = local_date(platform.clock.now())
    for specimen in specimens(today):
        _drop(platform.settings.hotfolder_path / specimen.station, specimen)
    with platform.db.write(DEMO) as session:
        apply_setup(session, setup, folder=Path(), today=today)


def waiting(platform: Platform) -> int:
    """How many files lie in the stations' folders and are not taken in yet."""
    return sum(path.is_file() and _is_waiting(path) for path in platform.settings.hotfolder_path.rglob("*"))


def _is_waiting(path: Path) -> bool:
    is_done = {DONE, FAILED} & set(path.parts)
    return not (is_done or path.name.startswith(".") or path.name.endswith(IGNORED_ENDINGS))


def _drop(station: Path, specimen: Specimen) -> None:
    """Write beside and rename into place, as a careful scanner does."""
    station.mkdir(parents=True, exist_ok=True)
    beside = station / f"{specimen.name}.part"
    beside.write_bytes(specimen.data)
    beside.rename(station / specimen.name)


def fates(platform: Platform) -> list[Fate]:
    """What has become of every document that came in so far, in the order of arrival."""
    with platform.db.read(DEMO) as session:
        rows = session.execute(
            select(Intake, Document, PayableInvoice.state)
            .join(Document, Document.id == Intake.document_id)
            .outerjoin(PayableInvoice, PayableInvoice.document_id == Document.id)
            .order_by(Intake.received_at, Intake.id)
        ).all()
    return [
        Fate(
            file=intake.file_name,
            outcome=intake.outcome,
            document_id=document.id,
            kind="invoice" if document.is_invoice else document.document_kind,
            state=payable_state or document.state,
            sender=document.sender,
            title=document.title,
            reason_code=document.reason_code,
        )
        for intake, document, payable_state in rows
    ]


def is_through(platform: Platform) -> bool:
    """True when no file waits in a folder and no document is on its way."""
    return waiting(platform) == 0 and all(fate.outcome != Outcome.PENDING for fate in fates(platform))
