"""The acts on the pages of a document: turn, hide, order, cut, append, and back to an earlier arrangement.

No act changes an original: each writes where the leaves lie (`records.arrangement`) as a new version with its audit
event, in one transaction, and whatever another document gives or gets changes in the same one. What follows from it
(`follow`) is a job: pages that were read the wrong way up are read again, fields and copies are made anew.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Actor, system
from dms.errors import DmsError, NotFound, Rejected, RuleViolation
from dms.ids import uuid7
from dms.intake import einvoices, fields, knowledge, pages, readings
from dms.intake.outcome import station_of
from dms.intake.receive import Arrival, take_in
from dms.jobs.service import Claim, enqueue, finish, hold, renew
from dms.payables import checks
from dms.payables import queries as payable_queries
from dms.payables import service as payables
from dms.payables.models import PayableState
from dms.platform import Platform
from dms.records import arrangement, queries, rules
from dms.records import service as records
from dms.records.arrangement import Leaf, leaves_of
from dms.records.models import Case, Document, DocumentState, File, Version
from ocr import MAX_PAGES

CHANNEL = "cut"
MOST_CANDIDATES = 100
READ_FROM_PICTURE = ("tesseract", "rapidocr", "mixed")


def refusal(session: Session, row: Document) -> DmsError | None:
    """Why the pages of this document may not be arranged; None where they may."""
    case = session.get(Case, row.case_id) if row.case_id else None
    file = session.get(File, case.file_id) if case else None
    return (
        rules.may_arrange(row, case, file)
        or _einvoice(session, row)
        or payables.may_arrange_pages(payable_queries.of_document(session, row.id))
    )


def _einvoice(session: Session, row: Document) -> DmsError | None:
    """An e-invoice is its file; whether a PDF is one must be known before anything is done to its pages."""
    is_one = queries.rendition(session, row.original_sha256, einvoices.INVOICE) is not None
    if is_one or checks.newest(session, row.id) is not None:
        return RuleViolation("pages.einvoice")
    is_known = row.media_type != "application/pdf" or queries.rendition(session, row.original_sha256, "einvoice")
    is_read = queries.rendition(session, row.original_sha256, "text") is not None
    return None if is_known and is_read else RuleViolation("pages.unread")


def turn(session: Session, platform: Platform, row: Document, number: int, upright: int) -> None:
    """Show a leaf `upright` degrees clockwise from how it is stored."""
    if upright not in arrangement.QUARTER_TURNS:
        raise RuleViolation("pages.unknown")
    _arrange(session, platform, row, arrangement.turned(leaves_of(row), number, upright), "document.pages_turned")


def hide(session: Session, platform: Platform, row: Document, number: int) -> None:
    """Take a leaf out of sight; it stays in the original and comes back with `show`."""
    _arrange(session, platform, row, arrangement.hidden(leaves_of(row), number), "document.pages_hidden")


def show(session: Session, platform: Platform, row: Document, number: int) -> None:
    """Bring a hidden leaf back into sight."""
    _arrange(session, platform, row, arrangement.unhidden(leaves_of(row), number), "document.pages_shown")


def order(session: Session, platform: Platform, row: Document, places: Mapping[int, int]) -> None:
    """Lay leaves at the places wanted (`arrangement.ordered`)."""
    _arrange(session, platform, row, arrangement.ordered(leaves_of(row), places), "document.pages_ordered")


def shift(session: Session, platform: Platform, row: Document, number: int, by: int) -> None:
    """Lay a leaf one place further to the front (-1) or to the back (1)."""
    _arrange(session, platform, row, arrangement.shifted(leaves_of(row), number, by), "document.pages_ordered")


def append(session: Session, platform: Platform, row: Document, other: Document) -> None:
    """Lay the pages of another document of an inbox behind; that one is put aside as long as they are here."""
    if other.id == row.id:
        raise RuleViolation("pages.same")
    leaves = arrangement.appended(leaves_of(row), other, first_number=_next_number(session, row))
    if len(leaves) > MAX_PAGES:
        raise RuleViolation("pages.too_many", limit=MAX_PAGES)
    _arrange(session, platform, row, leaves, "document.pages_appended")


def _next_number(session: Session, row: Document) -> int:
    """One that no leaf of this document ever had."""
    earlier = (version.properties.get("arrangement") or () for version in queries.versions(session, row.id))
    given = [int(entry["leaf"]) for entries in earlier for entry in entries]
    return max([row.page_count or 0, *given]) + 1


def cut(platform: Platform, actor: Actor, document_id: UUID, *, after: int, seen: int) -> UUID:
    """Make a document of its own of what lies behind the leaf `after`; its id.

    It comes in as any other input, with the reading of its pages, and stays where this one is: in its inbox or case.
    `seen` is the version that the person looked at.
    """
    with platform.db.read(actor) as session:
        row = _checked(session, document_id, seen)
        rest = arrangement.rest(leaves_of(row), after)
    blob = pages.put_file(platform, rest, pages.contents_of(platform, rest))
    with platform.db.write(actor) as session:
        row = _checked(session, document_id, seen)
        into = take_in(session, platform, blob, _arrival(session, row, rest)).document_id
        _hide_again(session, platform, records.document(session, into), rest)
        leaves = arrangement.cut(leaves_of(row), after, into)
        _arrange(session, platform, row, leaves, "document.pages_cut", is_new_part=True)
    return into


def _checked(session: Session, document_id: UUID, seen: int) -> Document:
    row = records.document(session, document_id)
    records.check_version(row, seen)
    if (found := refusal(session, row)) is not None:
        raise found
    if row.awaits_check:
        raise RuleViolation("document.awaits_check")
    return row


def _arrival(session: Session, row: Document, rest: Sequence[Leaf]) -> Arrival:
    station = station_of(session, row.id)
    case = session.get(Case, row.case_id) if row.case_id else None
    places = {leaf.number: place for place, leaf in enumerate(arrangement.here(leaves_of(row)), start=1)}
    first, last = places[rest[0].number], places[rest[-1].number]
    name = f"Seite {first}" if first == last else f"Seiten {first}-{last}"
    return Arrival(
        channel=CHANNEL,
        file_name=f"{PurePath(row.original_name).stem}, {name}.pdf",
        claim_id=f"{CHANNEL}:{uuid7()}",
        station=station.key if station else None,
        unit_id=row.unit_id,
        document_kind="letter",
        part_of_id=row.id,
        part_pages=tuple(leaf.number for leaf in rest),
        case_reference=case.case_reference if case else None,
        acl_node_id=records.home_node(session, row),
        is_deliberate=True,
    )


def _hide_again(session: Session, platform: Platform, part: Document, rest: Sequence[Leaf]) -> None:
    """What was out of sight before the cut stays so behind it."""
    own = [
        Leaf(number=number, sha256=part.original_sha256, page=number, is_hidden=leaf.is_hidden)
        for number, leaf in enumerate(rest, start=1)
    ]
    if any(leaf.is_hidden for leaf in own):
        values = {"arrangement": arrangement.as_json(own)}
        records.change(session, part, "document.pages_hidden", values, platform.clock)


def states(session: Session, row: Document) -> list[Version]:
    """Every version that laid the pages otherwise than the one before, newest first; the last: as received."""
    found: list[Version] = []
    for version in reversed(queries.versions(session, row.id)):
        entries = version.properties.get("arrangement")
        if not found or entries != found[-1].properties.get("arrangement"):
            found.append(version)
    return found[::-1]


def candidates(session: Session, row: Document) -> Sequence[Document]:
    """Documents of the inboxes in sight whose pages may be laid behind these, those of the same unit first."""
    query = select(Document).where(
        Document.state == DocumentState.INBOX, Document.id != row.id, Document.page_count.is_not(None),
        Document.attached_to_id.is_(None), Document.is_invoice.is_(False),
    )  # fmt: skip
    order = (Document.unit_id != row.unit_id, Document.received_at.desc(), Document.id.desc())
    return session.scalars(query.order_by(*order).limit(MOST_CANDIDATES)).all()


def go_back(session: Session, platform: Platform, row: Document, number: int) -> None:
    """Back to how the pages lay in version `number`; other documents get back, or give again, what was theirs then."""
    version = next((each for each in queries.versions(session, row.id) if each.number == number), None)
    if version is None:
        raise NotFound("page.unknown")
    entries = version.properties.get("arrangement")
    leaves = arrangement.from_json(entries) if entries else arrangement.as_received(leaves_of(row))
    _arrange(session, platform, row, leaves, "document.pages_restored")


def _arrange(
    session: Session,
    platform: Platform,
    row: Document,
    leaves: Sequence[Leaf],
    action: str,
    *,
    is_new_part: bool = False,
) -> None:
    if (found := refusal(session, row)) is not None:
        raise found
    before = leaves_of(row)
    if not is_new_part:
        _settle(session, platform, row, before, leaves)
    entries = arrangement.as_json(leaves)
    is_as_received = entries == arrangement.as_json(arrangement.as_received(leaves))
    values = {"arrangement": None if is_as_received else entries}
    if records.change(session, row, action, values, platform.clock) is None:
        return
    payable = payable_queries.of_document(session, row.id)
    if payable is not None and payable.state != PayableState.VOID:
        payables.pages_arranged(session, payable, _spoken(before), _spoken(leaves), platform.clock)
    enqueue(session, "arranged", row.id, queue="ocr", now=platform.clock.now())


def _spoken(leaves: Sequence[Leaf]) -> str:
    """The pages by the numbers under which they were received."""
    return ", ".join(str(leaf.number) for leaf in arrangement.shown(leaves))[:200]


def _settle(session: Session, platform: Platform, row: Document, before: Sequence[Leaf], after: Sequence[Leaf]) -> None:
    """Every page is shown by one document: those whose pages leave this one come back, those whose come go aside."""
    had, has = arrangement.sources(before), arrangement.sources(after)
    cut_before, cut_after = arrangement.parts(before), arrangement.parts(after)
    for document_id in sorted((had - has) | (cut_after - cut_before)):
        _give_back(session, platform, row, _other(session, document_id))
    for document_id in sorted(has - had):
        _take(session, platform, row, _source(session, _other(session, document_id)))
    for document_id in sorted(cut_before - cut_after):
        _take(session, platform, row, _part(row, _other(session, document_id)))


def _other(session: Session, document_id: UUID) -> Document:
    try:
        return records.document(session, document_id)
    except NotFound as exc:
        raise RuleViolation("pages.elsewhere") from exc


def _source(session: Session, other: Document) -> Document:
    """A document whose pages may be appended; raises why not."""
    found = rules.may_give_pages(other) or _einvoice(session, other)
    if found is not None:
        raise found
    return other


def _part(row: Document, other: Document) -> Document:
    """A part that may be taken back whole: nobody went on working with it, and it has no pages of others."""
    if other.state == DocumentState.PROCESSING:
        raise RuleViolation("pages.part_in_work", title=other.title)
    if other.state == DocumentState.FILED or other.merged_into_id not in (None, row.id):
        raise RuleViolation("pages.part_used", title=other.title)
    leaves = leaves_of(other)
    if arrangement.sources(leaves) or arrangement.parts(leaves):
        raise RuleViolation("pages.part_used", title=other.title)
    return other


def _take(session: Session, platform: Platform, row: Document, other: Document) -> None:
    payable = payable_queries.of_document(session, other.id)
    if payable is not None and payable.state != PayableState.VOID:
        raise RuleViolation("pages.other_in_approval", title=other.title)
    values = {"state": DocumentState.DISCARDED.value, "merged_into_id": row.id, "reason_text": None}
    records.change(session, other, "document.merged", values, platform.clock)


def _give_back(session: Session, platform: Platform, row: Document, other: Document) -> None:
    if other.merged_into_id != row.id:
        raise RuleViolation("pages.part_used", title=other.title)
    values = {"state": rules.waits_as(other), "merged_into_id": None}
    records.change(session, other, "document.given_back", values, platform.clock)


def follow(platform: Platform, held: Claim) -> None:
    """What follows once pages are read or shown anew: another way up read again, then fields, index and copies.

    Of an e-invoice the XML is the original, whatever its pages are read as.
    """
    actor = system("worker", job_id=held.job_id)
    with platform.db.read(actor) as session:
        document = records.document(session, held.subject_id)
        known = knowledge.load(session)
    for leaf in arrangement.shown(leaves_of(document)):
        if _read_upright(platform, leaf):
            with platform.db.write(actor) as session:
                renew(session, held, platform.clock)
    invoice = einvoices.read(platform, document)
    found = fields.from_einvoice(invoice) if invoice else fields.from_text(pages.content(platform, document), known)
    with platform.db.write(actor) as session:
        hold(session, held)
        fields.write(session, document.id, found, platform.clock)
        now = platform.clock.now()
        enqueue(session, "index", document.id, queue="index", now=now)
        enqueue(session, "archive", document.id, queue="ocr", now=now)
        finish(session, held, platform.clock)


def _read_upright(platform: Platform, leaf: Leaf) -> bool:
    """Read a page as a person turned it, if it was read another way up; the reading that says more counts for all."""
    content = readings.content(platform, leaf.sha256)
    page = next((page for page in content.get("pages") or () if page["number"] == leaf.page), None)
    if page is None or leaf.upright in (None, page["rotation"]) or page["source"] not in READ_FROM_PICTURE:
        return False
    again = _reading(platform, leaf)
    if again is not None and _weight(again) > _weight(page):
        number, known = again["number"], content["pages"]
        release = f"{readings.TEXT_RELEASE}{readings.AGAIN}{number}.{leaf.upright}"
        replaced = [again if each["number"] == number else each for each in known]
        readings.save(platform, leaf.sha256, "text", release, {**content, "pages": replaced})
    return True


def _reading(platform: Platform, leaf: Leaf) -> dict[str, Any] | None:
    kind, reader = f"page-{leaf.page}-{leaf.upright}", platform.settings.recognition
    known: dict[str, Any] | None = readings.load(platform, leaf.sha256, kind, readings.TEXT_RELEASE)
    if known is not None:
        return known
    options = {"page": leaf.page, "reader": reader, "upright": leaf.upright}
    try:
        page = dict(readings.run(platform, "read_page", leaf.sha256, **options).value)
    except Rejected:
        return None  # what was read before stays
    readings.save(platform, leaf.sha256, kind, readings.TEXT_RELEASE, page)
    return page


def _weight(page: dict[str, Any]) -> float:
    """How much was read with confidence."""
    return sum(float(word[5]) * len(word[0]) for word in page["words"] if word[5] > 0.5)
