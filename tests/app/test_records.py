"""Acts on documents, files and cases: what they forbid, what they leave behind, and the way back."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from dms.access import service as access
from dms.actor import Actor, Role
from dms.audit import service as audit
from dms.audit.models import AuditEvent
from dms.errors import Invalid, NotFound, RuleViolation
from dms.identity.models import OrgUnit
from dms.ids import uuid7
from dms.platform import Platform
from dms.records import files, filing, queries
from dms.records import service as records
from dms.records.models import Case, DocumentState, File, PlanUnit
from tests.factories import TEST, add_person, as_actor, bring, opened, wait_for_outcome


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path) as found:
        with found.db.write(TEST) as session:
            unit = PlanUnit(id=uuid7(), key="20.30", title="Steuern", parent_id=None, retention_years=10)
            audit.record(session, "plan_unit.created", unit)
            session.add(unit)
        yield found


@pytest.fixture
def clerk(platform: Platform) -> Actor:
    return add_person(platform, "clerk", Role.CLERK)


def _document(platform: Platform, text: str = "ein Brief") -> UUID:
    document_id = bring(platform, "brief.txt", text.encode()).document_id
    wait_for_outcome(platform, document_id)
    return document_id


def _file(
    platform: Platform, actor: Actor, title: str = "Hundesteuer", node_id: UUID | None = None
) -> tuple[File, Case]:
    with platform.db.write(actor) as session:
        unit = session.scalars(select(PlanUnit)).one()
        file = files.create_file(
            session, plan_unit_id=unit.id, title=title, lead_unit_id=actor.unit_id, clock=platform.clock,
            node_id=node_id,
        )  # type: ignore[arg-type]  # a person has a unit  # fmt: skip
        return file, files.create_case(session, file, title=title, clock=platform.clock)


def _other_unit(platform: Platform) -> OrgUnit:
    with platform.db.write(TEST) as session:
        unit = OrgUnit(id=uuid7(), key="bau", name="Bauamt", is_central=False)
        audit.record(session, "unit.created", unit)
        session.add(unit)
        session.flush()
        access.create_unit_nodes(session, unit.id)
    return unit


def test_a_closed_case_takes_nothing_until_it_is_opened_again(platform: Platform, clerk: Actor) -> None:
    document_id = _document(platform)
    file, case = _file(platform, clerk)
    with platform.db.write(clerk) as session:
        files.close(session, files.case(session, case.id), platform.clock)
    with platform.db.write(clerk) as session:
        row = records.document(session, document_id)
        with pytest.raises(RuleViolation, match=r"case\.closed"):
            records.file_document(session, row, files.case(session, case.id), platform.clock)
        with pytest.raises(RuleViolation, match=r"case\.closed"):
            files.rename(session, files.case(session, case.id), "anders")
        files.reopen(session, files.case(session, case.id))
        records.file_document(session, row, files.case(session, case.id), platform.clock)
        assert row.state == DocumentState.FILED
        files.close(session, files.file(session, file.id), platform.clock)
    with platform.db.write(clerk) as session:
        files.close(session, files.case(session, case.id), platform.clock)
        with pytest.raises(RuleViolation, match=r"file\.closed"):
            files.reopen(session, files.case(session, case.id))
        with pytest.raises(RuleViolation, match=r"file\.closed"):
            files.create_case(session, files.file(session, file.id), title="noch einer", clock=platform.clock)
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject == case.audit_key())).all()
    assert actions == ["case.opened", "case.closed", "case.reopened", "case.closed"]


def test_a_case_is_found_by_its_reference_its_title_and_that_of_its_file(platform: Platform, clerk: Actor) -> None:
    _, case = _file(platform, clerk, "Erlass 100 % (Blindenhund)")
    with platform.db.read(clerk) as session:
        for typed in (case.case_reference, "blindenhund", "100 %"):
            assert [found.id for found in queries.find_cases(session, typed)] == [case.id]
        assert queries.find_cases(session, "1_0") == []


def test_a_closed_off_file_does_not_exist_for_colleagues(platform: Platform, clerk: Actor) -> None:
    colleague, reader = add_person(platform, "kollege", Role.CLERK), add_person(platform, "leserin", Role.CLERK)
    with platform.db.write(clerk) as session:
        node = access.create_closed_node(session, [f"user:{clerk.user_id}", f"user:{reader.user_id}"])
    owner, reader = as_actor(platform, "clerk"), as_actor(platform, "leserin")
    file, case = _file(platform, owner, "Personalakte", node)
    document_id = _document(platform)
    with platform.db.write(owner) as session:
        records.file_document(
            session, records.document(session, document_id), files.case(session, case.id), platform.clock
        )
    for actor, sees in ((reader, True), (colleague, False)):
        with platform.db.read(actor) as session:
            if sees:
                assert files.file(session, file.id).title == "Personalakte"
                assert records.document(session, document_id).case_id == case.id
                assert [name for _, name in access.readers(session, node)] == ["Clerk", "Leserin"]
            else:
                with pytest.raises(NotFound):
                    files.file(session, file.id)
                with pytest.raises(NotFound):
                    records.document(session, document_id)


def test_what_was_forwarded_comes_back_until_somebody_touches_it(platform: Platform, clerk: Actor) -> None:
    unit = _other_unit(platform)
    document_id = _document(platform)
    with platform.db.write(clerk) as session:
        row = records.document(session, document_id)
        records.forward(session, row, unit=unit, node_id=unit.id, assignee=None, clock=platform.clock)
    with platform.db.read(clerk) as session, pytest.raises(NotFound):
        records.document(session, document_id)
    with platform.db.write(access.everywhere(clerk)) as session:
        row = records.document(session, document_id)
        records.recall(session, row, platform.clock)
        assert (row.unit_id, row.acl_node_id) == (clerk.unit_id, clerk.unit_id)
        with pytest.raises(RuleViolation, match=r"document\.moved_on"):
            records.recall(session, row, platform.clock)
    stranger = add_person(platform, "fremd", Role.CLERK)
    with platform.db.write(clerk) as session:
        row = records.document(session, document_id)
        records.forward(session, row, unit=unit, node_id=unit.id, assignee=None, clock=platform.clock)
    with platform.db.write(access.everywhere(stranger)) as session:
        row = records.document(session, document_id)
        with pytest.raises(RuleViolation, match=r"document\.moved_on"):
            records.recall(session, row, platform.clock)


def test_a_suspected_duplicate_is_kept_on_request(platform: Platform, clerk: Actor) -> None:
    first = _document(platform, "dasselbe")
    second = _document(platform, "dasselbe")
    with platform.db.write(clerk) as session:
        row = records.document(session, second)
        assert row.duplicate_of_id == first
        records.keep(session, row, platform.clock)
        assert row.duplicate_of_id is None
        [change] = queries.versions(session, second)[0].changes
        assert change == {"field": "duplicate_of_id", "old": str(first), "new": None}
        with pytest.raises(RuleViolation, match=r"document\.no_duplicate"):
            records.keep(session, row, platform.clock)


def test_a_title_is_never_empty(platform: Platform, clerk: Actor) -> None:
    document_id = _document(platform)
    with platform.db.write(clerk) as session, pytest.raises(Invalid):
        records.edit(session, records.document(session, document_id), {"title": "  "}, platform.clock)


def _letter_of(platform: Platform, clerk: Actor, title: str, *, reference: str | None = None) -> UUID:
    document_id = _document(platform, title)
    values = {"title": title, "sender": "Kiesgrube Nord GmbH", "foreign_reference": reference}
    with platform.db.write(clerk) as session:
        records.edit(session, records.document(session, document_id), values, platform.clock)
    return document_id


def _proposed(platform: Platform, clerk: Actor, document_id: UUID) -> list[tuple[str, str]]:
    with platform.db.read(clerk) as session:
        found = filing.propose(session, records.document(session, document_id))
        return [(case.title, one.reasons[0].code) for case, one in found]


def test_a_letter_is_proposed_where_its_senders_letters_lie(platform: Platform, clerk: Actor) -> None:
    _, roads = _file(platform, clerk, "Straßen")
    _file(platform, clerk, "Hundesteuer")
    earlier = _letter_of(platform, clerk, "Lieferung Kies")
    assert {code for _, code in _proposed(platform, clerk, earlier)} == {"proposal.recent"}
    with platform.db.write(clerk) as session:
        records.file_document(
            session, records.document(session, earlier), session.get_one(Case, roads.id), platform.clock
        )
    later = _letter_of(platform, clerk, "Neue Preise")
    assert _proposed(platform, clerk, later)[0] == ("Straßen", "proposal.sender")


def test_the_reference_of_a_file_leads_to_its_cases(platform: Platform, clerk: Actor) -> None:
    file, _ = _file(platform, clerk, "Hundesteuer")
    _file(platform, clerk, "Straßen")
    letter = _letter_of(platform, clerk, "Antwort", reference=file.file_reference)
    assert _proposed(platform, clerk, letter)[0] == ("Hundesteuer", "proposal.reference")
