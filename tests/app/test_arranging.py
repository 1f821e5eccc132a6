"""The pages of a document are turned, ordered, hidden, cut off, appended and laid as before: nothing is ever lost."""

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from sqlalchemy import select

from dms.actor import Actor, Role
from dms.audit import service as audit
from dms.errors import Conflict, DmsError, RuleViolation
from dms.exchange.bundle import export_document
from dms.finding import service as finding
from dms.intake import arranging, fields, pages, readings
from dms.intake.archiving import ARRANGED_RELEASE, record_kind
from dms.intake.outcome import quarantine
from dms.ops.verify import verify
from dms.payables import evidence
from dms.payables import service as payables
from dms.platform import Platform
from dms.records import arrangement, files, queries, rules
from dms.records import service as records
from dms.records.arrangement import arranged_kind
from dms.records.models import Case, Document, RetentionLock
from dms.records.retention import Retention
from tests.conftest import ON_BOTH_SETS
from tests.factories import TEST, add_person, bring, open_case, opened, wait_for_outcome
from tests.hybrids import hybrid
from tests.stacks import letter, scanned
from tests.typeset import letter_pdf
from tests.unit.payables.town import FIELDS, GROSS, LINE

WORDS = ("Hundesteuer", "Spielplatz", "Zaunbau", "Laterne")


class Desk:
    """A clerk at an installation, and the document in front of her."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.clerk = add_person(platform, "clerk", Role.CLERK)

    def bring(self, *words: str, name: str = "brief.pdf") -> UUID:
        receipt = bring(self.platform, name, letter_pdf(*words))
        wait_for_outcome(self.platform, receipt.document_id)
        return receipt.document_id

    def row(self, document_id: UUID) -> Document:
        with self.platform.db.read(TEST) as session:
            return records.document(session, document_id)

    def words(self, document_id: UUID) -> list[str]:
        """The first word of each page, in order."""
        read = pages.content(self.platform, self.row(document_id))["pages"]
        return [str(page["words"][0][0]) for page in read]

    def act(self, act: Callable[..., None], document_id: UUID, *values: object, actor: Actor | None = None) -> None:
        with self.platform.db.write(actor or self.clerk) as session:
            row = records.document(session, document_id)
            act(session, self.platform, row, *values)
        wait_for_outcome(self.platform, document_id)

    def append(self, document_id: UUID, other_id: UUID) -> None:
        with self.platform.db.write(self.clerk) as session:
            other = records.document(session, other_id)
            arranging.append(session, self.platform, records.document(session, document_id), other)
        wait_for_outcome(self.platform, document_id)

    def cut(self, document_id: UUID, after: int) -> UUID:
        seen = self.row(document_id).current_version
        into = arranging.cut(self.platform, self.clerk, document_id, after=after, seen=seen)
        wait_for_outcome(self.platform, into)
        wait_for_outcome(self.platform, document_id)
        return into

    def found(self, word: str) -> list[UUID]:
        with self.platform.db.read(self.clerk) as session:
            return [hit.document.id for hit in finding.search(self.platform, session, self.clerk, word).found]

    def refused(self, document_id: UUID) -> str | None:
        with self.platform.db.read(self.clerk) as session:
            found: DmsError | None = arranging.refusal(session, records.document(session, document_id))
        return found.code if found else None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path / "data") as platform:
        yield Desk(platform)


def faults(platform: Platform) -> list[object]:
    return list(verify(platform, deep=True)["faults"])


def test_pages_are_ordered_hidden_turned_and_laid_as_received(desk: Desk) -> None:
    one = desk.bring(*WORDS)
    original = desk.row(one).original_sha256
    desk.act(arranging.order, one, {4: 1})
    desk.act(arranging.hide, one, 2)
    desk.act(arranging.turn, one, 3, 90)
    assert desk.words(one) == ["Laterne", "Hundesteuer", "Zaunbau"]
    assert desk.found("Spielplatz") == []
    with desk.platform.db.read(TEST) as session:
        versions = queries.versions(session, one)
        assert [version.action for version in versions[:3]] == [
            "document.pages_turned",
            "document.pages_hidden",
            "document.pages_ordered",
        ]
        assert {version.actor_name for version in versions[:3]} == {"Clerk"}
        states = arranging.states(session, desk.row(one))
    desk.act(arranging.go_back, one, states[1].number)
    assert arrangement.leaves_of(desk.row(one))[3].upright is None
    desk.act(arranging.go_back, one, states[-1].number)
    row = desk.row(one)
    assert (row.arrangement, row.original_sha256, desk.words(one)) == (None, original, list(WORDS))
    assert desk.found("Spielplatz") == [one]
    assert faults(desk.platform) == []


@ON_BOTH_SETS
def test_a_cut_makes_a_document_of_the_rest_and_can_be_taken_back(tmp_path: Path, installation: dict[str, str]) -> None:
    with opened(tmp_path / "data", **installation) as platform:
        desk = Desk(platform)
        one = desk.bring(*WORDS)
        desk.act(arranging.hide, one, 3)
        before = desk.row(one)
        rest = desk.cut(one, 2)
        part = desk.row(rest)
        assert (desk.words(one), desk.words(rest)) == (["Hundesteuer", "Spielplatz"], ["Laterne"])
        assert (part.state, part.part_of_id, part.part_pages) == ("inbox", one, [3, 4])
        assert part.original_name == "brief, Seiten 3-4.pdf"
        assert [leaf.is_hidden for leaf in arrangement.leaves_of(part)] == [True, False]
        with readings.original(platform, part.original_sha256) as stream:
            assert len(pikepdf.open(io.BytesIO(stream.read())).pages) == 2
        assert (desk.found("Laterne"), desk.found("Spielplatz")) == ([rest], [one])
        desk.act(arranging.go_back, one, before.current_version)
        part = desk.row(rest)
        assert (part.state, part.merged_into_id) == ("discarded", one)
        assert desk.words(one) == ["Hundesteuer", "Spielplatz", "Laterne"]
        wait_for_outcome(platform, rest)
        assert desk.found("Laterne") == [one]
        with platform.db.write(desk.clerk) as session, pytest.raises(RuleViolation, match=r"document\.merged"):
            records.restore(session, records.document(session, rest), platform.clock)
        with platform.db.read(TEST) as session:
            cut = next(v for v in queries.versions(session, one) if v.action == "document.pages_cut")
        desk.act(arranging.go_back, one, cut.number)
        assert (desk.row(rest).state, desk.words(one)) == ("inbox", ["Hundesteuer", "Spielplatz"])
        wait_for_outcome(platform, rest)
        assert faults(platform) == []


def test_the_part_that_was_worked_on_is_not_taken_back(desk: Desk) -> None:
    one, case = desk.bring(*WORDS), open_case(desk.platform)
    before = desk.row(one).current_version
    rest = desk.cut(one, 2)
    deeper = desk.cut(rest, 1)
    with pytest.raises(RuleViolation, match=r"pages\.part_used"):
        desk.act(arranging.go_back, one, before)
    desk.act(arranging.go_back, rest, 1)
    _file(desk, rest, case)
    with pytest.raises(RuleViolation, match=r"pages\.part_used"):
        desk.act(arranging.go_back, one, before)
    assert desk.row(deeper).merged_into_id == rest
    assert faults(desk.platform) == []


def _file(desk: Desk, document_id: UUID, case: Case) -> None:
    with desk.platform.db.write(desk.clerk) as session:
        row = records.document(session, document_id)
        records.file_document(session, row, files.case(session, case.id), desk.platform.clock)
    wait_for_outcome(desk.platform, document_id)


def test_what_is_cut_off_a_filed_document_stays_in_its_case(desk: Desk) -> None:
    one, case = desk.bring(*WORDS), open_case(desk.platform)
    _file(desk, one, case)
    rest = desk.row(desk.cut(one, 3))
    assert (rest.state, rest.case_id, rest.acl_node_id) == ("filed", case.id, desk.row(one).acl_node_id)


def test_pages_of_another_document_are_appended_and_given_back(desk: Desk, tmp_path: Path) -> None:
    one, two = desk.bring("Hundesteuer"), desk.bring("Spielplatz", "Zaunbau", name="zwei.pdf")
    desk.append(one, two)
    desk.act(arranging.order, one, {2: 1})
    assert desk.words(one) == ["Spielplatz", "Hundesteuer", "Zaunbau"]
    assert (desk.row(two).state, desk.row(two).merged_into_id) == ("discarded", one)
    assert desk.found("Zaunbau") == [one]
    with desk.platform.db.read(TEST) as session:
        refused = rules.may_file(records.document(session, two), None, None)
    assert refused is not None, "its pages lie in the other one"
    assert refused.code == "document.merged"
    Retention(desk.platform).follow()
    with desk.platform.db.read(TEST) as session:
        assert session.get(RetentionLock, desk.row(two).original_sha256) is not None
        folder = export_document(desk.platform, session, desk.row(one), tmp_path)
    with readings.original(desk.platform, desk.row(two).original_sha256) as stream:
        assert (folder / "appended" / "1-zwei.pdf").read_bytes() == stream.read()
    made = readings.open_kept(
        desk.platform, desk.row(one).original_sha256, arranged_kind(desk.row(one)), ARRANGED_RELEASE
    )
    with made:
        assert len(pikepdf.open(io.BytesIO(made.read())).pages) == 3
    desk.act(arranging.go_back, one, 1)
    assert (desk.row(two).state, desk.row(two).merged_into_id, desk.words(one)) == ("inbox", None, ["Hundesteuer"])
    desk.append(one, two)
    assert [leaf.number for leaf in arrangement.leaves_of(desk.row(one))] == [1, 4, 5], "numbers are never given again"
    wait_for_outcome(desk.platform, two)
    assert faults(desk.platform) == []


def test_a_part_that_is_a_klaerfall_is_one_again_when_it_is_given_back(desk: Desk) -> None:
    one = desk.bring(*WORDS)
    rest = desk.cut(one, 2)
    whole = desk.row(one).current_version
    with desk.platform.db.write(TEST) as session:
        quarantine(session, rest, "stack.unknown_case", desk.platform.clock)
    desk.act(arranging.go_back, one, 1)
    assert desk.row(rest).state == "discarded"
    desk.act(arranging.go_back, one, whole)
    assert (desk.row(rest).state, desk.row(rest).merged_into_id) == ("quarantined", None)


def test_only_what_waits_in_an_inbox_is_appended(desk: Desk) -> None:
    one, two, three = desk.bring("Hundesteuer"), desk.bring("Spielplatz"), desk.bring("Rechnung")
    _file(desk, two, open_case(desk.platform))
    with pytest.raises(RuleViolation, match=r"pages\.not_in_inbox"):
        desk.append(one, two)
    with pytest.raises(RuleViolation, match=r"pages\.same"):
        desk.append(one, one)
    _as_invoice(desk, three)
    with pytest.raises(RuleViolation, match=r"pages\.other_in_approval"):
        desk.append(one, three)


def _as_invoice(desk: Desk, document_id: UUID) -> UUID:
    with desk.platform.db.write(TEST) as session:
        row = records.document(session, document_id)
        payable = payables.open_for_document(session, row, {}, None, desk.platform.clock)
    wait_for_outcome(desk.platform, document_id)
    return payable.id


def test_two_people_at_once_do_not_lay_over_each_other(desk: Desk) -> None:
    one = desk.bring(*WORDS)
    seen = desk.row(one).current_version
    desk.act(arranging.hide, one, 1)
    with pytest.raises(Conflict, match="stale"):
        arranging.cut(desk.platform, desk.clerk, one, after=2, seen=seen)
    with desk.platform.db.read(TEST) as session:
        assert session.scalars(select(Document.id).where(Document.part_of_id == one)).all() == []


def test_pages_stay_as_they_are_where_something_is_bound_to_them(desk: Desk, tmp_path: Path) -> None:
    one, case = desk.bring(*WORDS), open_case(desk.platform)
    _file(desk, one, case)
    with desk.platform.db.write(desk.clerk) as session:
        files.close(session, files.case(session, case.id), desk.platform.clock)
    assert desk.refused(one) == "pages.case_closed"
    with pytest.raises(RuleViolation, match=r"pages\.case_closed"):
        desk.act(arranging.hide, one, 1)
    invoice = bring(desk.platform, "e.pdf", hybrid(tmp_path / "e.pdf").read_bytes()).document_id
    wait_for_outcome(desk.platform, invoice)
    assert desk.refused(invoice) == "pages.einvoice"
    text = bring(desk.platform, "brief.txt", b"Guten Tag").document_id
    wait_for_outcome(desk.platform, text)
    assert desk.refused(text) == "pages.none"


def test_an_invoice_is_arranged_before_it_is_released_and_not_behind_the_back_of_who_looked(desk: Desk) -> None:
    add_person(desk.platform, "ben", Role.CERTIFIER)
    one = desk.bring("Rechnung", "Anlage")
    payable_id = _as_invoice(desk, one)
    with desk.platform.db.read(TEST) as session:
        row = payables.payable(session, payable_id)
        before = evidence.current_content(session, row).all_sha256
    desk.act(arranging.order, one, {2: 1})
    with desk.platform.db.read(TEST) as session:
        row = payables.payable(session, payable_id)
        assert evidence.current_content(session, row).all_sha256 != before
        assert row.content_version == 2
    assert faults(desk.platform) == []
    with desk.platform.db.write(TEST) as session:
        audit.record(session, "invoice.released", payables.payable(session, payable_id))
        payables.payable(session, payable_id).state = "review"
    assert desk.refused(one) == "pages.in_approval"


def test_the_treasury_gets_the_pages_as_they_were_certified(desk: Desk) -> None:
    people = {
        "office": add_person(desk.platform, "office", Role.INVOICE_DESK, Role.CLERK),
        "ben": add_person(desk.platform, "ben", Role.CERTIFIER),
        "dora": add_person(desk.platform, "dora", Role.ORDERER, limit_cents=GROSS),
    }
    one = desk.bring("Anlage", "Rechnung", "Werbung")
    payable_id = _as_invoice(desk, one)
    desk.act(arranging.order, one, {2: 1})
    desk.act(arranging.hide, one, 3)

    def act(login: str, act: Callable[..., object], *values: object, **named: object) -> None:
        with desk.platform.db.write(people[login]) as session:
            row = payables.payable(session, payable_id, lock=True)
            act(session, row, *values, clock=desk.platform.clock, **named)

    def seen() -> str:
        with desk.platform.db.read(TEST) as session:
            return evidence.current_content(session, payables.payable(session, payable_id)).all_sha256

    act("office", payables.edit, FIELDS, seen=None)
    act("office", payables.set_coding, [LINE], seen=None)
    act("office", payables.release, seen=None)
    assert desk.refused(one) == "pages.in_approval"
    for kind in ("substance", "arithmetic"):
        act("ben", payables.certify, kind, seen=seen())
    act("dora", payables.order_payment, seen=seen())
    handed = desk.platform.settings.handover_path
    end = time.monotonic() + 60
    while not (found := list(handed.glob("*/*/pages.pdf"))) and time.monotonic() < end:
        time.sleep(0.1)
    made = pikepdf.open(found[0])
    assert len(made.pages) == 2
    assert json.loads((found[0].parent / "manifest.json").read_text(encoding="utf-8"))["pages.pdf"]
    made.close()
    assert faults(desk.platform) == []


def test_a_page_read_upside_down_is_read_again_when_somebody_turns_it(desk: Desk) -> None:
    upright = letter("Spielplatz")
    receipt = bring(desk.platform, "scan.pdf", scanned(letter("Hundesteuer"), upright), station="rathaus")
    wait_for_outcome(desk.platform, receipt.document_id)
    row = desk.row(receipt.document_id)
    content = readings.content(desk.platform, row.original_sha256)
    wrong = {**content["pages"][1], "rotation": 180, "words": [["q3p", 9, 9, 20, 20, 0.55]]}
    misread = {**content, "pages": [content["pages"][0], wrong]}
    readings.save(desk.platform, row.original_sha256, "text", f"{readings.TEXT_RELEASE}+0.0", misread)
    desk.act(arranging.turn, row.id, 2, 0)
    again = pages.content(desk.platform, desk.row(row.id))["pages"][1]
    assert "Spielplatz" in {word[0] for word in again["words"]}
    assert again["rotation"] == 0
    assert readings.content(desk.platform, row.original_sha256)["pages"][0] == content["pages"][0]
    assert desk.found("Spielplatz") == [row.id]
    with desk.platform.db.read(TEST) as session:
        note = readings.read_json(desk.platform, _newest_record(session, row))
    assert note["arrangement"][1]["upright"] == 0
    assert note["archive_copy"]["conforms_to"] == "PDF/A-2b"


def _newest_record(session: object, row: Document) -> object:
    return queries.rendition(session, row.original_sha256, record_kind(row))  # type: ignore[arg-type]


def test_values_follow_their_page_and_leave_with_it(desk: Desk) -> None:
    one = desk.bring("Hundesteuer", "Spielplatz")
    with desk.platform.db.write(TEST) as session:
        found = {"iban": {"value": "DE02", "source": "reading", "page": 2, "box": [1, 2, 3, 4]}}
        fields.write(session, one, found, desk.platform.clock)
    desk.act(arranging.order, one, {2: 1})
    with desk.platform.db.read(TEST) as session:
        assert queries.values(session, one)["iban"].page == 2
    rest = desk.cut(one, 2)
    with desk.platform.db.read(TEST) as session:
        assert queries.values(session, one)["iban"].value == "DE02"
    desk.act(arranging.go_back, one, 1)
    desk.act(arranging.hide, one, 2)
    with desk.platform.db.read(TEST) as session:
        assert "iban" not in queries.values(session, one)
        assert records.document(session, rest).state == "discarded"
