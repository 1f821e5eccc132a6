"""The three things that nobody can forget, and the transactions under them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dms.actor import Actor, Role
from dms.audit import service as audit
from dms.db import ActorMissing, AuditMissing, GuardedSession
from dms.identity.models import LegalEntity
from dms.records import service as records
from dms.records.models import Document, ReferenceCounter
from dms.records.references import next_file_reference
from tests.factories import TEST, add_person, bring, opened


def test_a_session_without_an_actor_cannot_select(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform, GuardedSession(platform.db.engine) as session:
        query = select(Document)
        with pytest.raises(ActorMissing):
            session.scalars(query).all()


def test_a_change_without_an_audit_event_is_not_written(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        with pytest.raises(AuditMissing), platform.db.write(TEST) as session:
            session.scalars(select(LegalEntity)).one().name = "Anders"
        with platform.db.read(TEST) as session:
            assert session.scalars(select(LegalEntity)).one().name == "Kommune"


def test_the_same_change_with_its_event_is_written(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        with platform.db.write(TEST) as session:
            entity = session.scalars(select(LegalEntity)).one()
            audit.record(session, "legal_entity.changed", entity)
            entity.name = "Anders"
        with platform.db.read(TEST) as session:
            assert session.scalars(select(LegalEntity)).one().name == "Anders"


def test_bulk_changes_of_audited_rows_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform, pytest.raises(AuditMissing), platform.db.write(TEST) as session:
        session.execute(update(LegalEntity).values(name="Alle"))


def test_rows_exist_only_for_those_who_may_see_them(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        receipt = bring(platform, "brief.txt", b"Guten Tag")
        clerk = add_person(platform, "clerk", Role.CLERK)
        stranger = Actor(name="Fremd", origin="test")
        assert _sees(platform, clerk, receipt.document_id)
        assert not _sees(platform, stranger, receipt.document_id)
        assert _sees(platform, clerk, receipt.document_id)


def _sees(platform: object, actor: Actor, document_id: object) -> bool:
    with platform.db.read(actor) as session:  # type: ignore[attr-defined]
        found = session.scalars(select(Document.id).where(Document.id == document_id)).first()
        return found is not None and session.get(Document, document_id) is not None


def test_twenty_concurrent_increments_are_twenty(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:

        def take(_: int) -> str:
            with platform.db.write(TEST) as session:
                return next_file_reference(session, "20.30", 2026)

        with ThreadPoolExecutor(8) as pool:
            references = list(pool.map(take, range(20)))
        assert sorted(references) == [f"20.30/2026-{number:04d}" for number in range(1, 21)]
        with platform.db.read(TEST) as session:
            assert session.get(ReferenceCounter, "file:20.30:2026").last == 20


def test_every_change_of_a_document_is_a_new_version(tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        receipt = bring(platform, "brief.txt", b"Guten Tag")
        with platform.db.write(TEST) as session:
            row = records.document(session, receipt.document_id)
            records.edit(session, row, {"title": "Anfrage"}, platform.clock)
            assert records.edit(session, row, {"title": "Anfrage"}, platform.clock) is None
            assert row.current_version == 2
            assert _titles(session, row) == ["brief.txt", "Anfrage"]


def _titles(session: Session, row: Document) -> list[str]:
    from dms.records.queries import versions

    return [version.properties["title"] for version in reversed(versions(session, row.id))]
