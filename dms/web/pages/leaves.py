"""The pages of one document side by side: turned, ordered, hidden, cut off, appended, and laid as they were before.

Every act is one form without a script, one version and one way back; what is refused says so on the same page.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.edge.download import pdf_response
from dms.errors import Conflict, Invalid, NotFound, Rejected, RuleViolation, Unavailable
from dms.intake import arranging, pages, readings
from dms.intake.quality import poor_pages
from dms.intake.wording import reason
from dms.platform import Platform
from dms.records import arrangement, queries
from dms.records import service as records
from dms.records.arrangement import Leaf
from dms.records.models import Document
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, WriteSession, requires
from dms.web.templating import done, page, pages_of
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
ADDRESS = "/dokumente/{document_id}/seiten"
AT_ONCE = 24
DONE = {
    "upright": "Seite gedreht.", "hide": "Seite ausgeblendet. Sie bleibt aufbewahrt.", "show": "Seite eingeblendet.",
    "forward": "Seite nach vorn gelegt.", "back": "Seite nach hinten gelegt.", "order": "Reihenfolge gespeichert.",
}  # fmt: skip
"""Act → what the person reads afterwards."""


@router.get(ADDRESS)
@requires(Action.DOCUMENT_FILE)
def show(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    document_id: UUID,
    seite: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    row = records.document(session, document_id)
    refused = arranging.refusal(session, row)
    cards = _cards(platform, row)
    first = (min(seite, pages_of(len(cards), AT_ONCE)) - 1) * AT_ONCE
    states = arranging.states(session, row)
    return page(
        request,
        "documents/pages.html",
        session=session,
        row=row,
        refused=error_text(refused) if refused else None,
        cards=cards[first : first + AT_ONCE],
        total=len(cards),
        number=first // AT_ONCE + 1,
        pages=pages_of(len(cards), AT_ONCE),
        shown=sum(card["place"] is not None for card in cards),
        states=states[1:],
        candidates=[] if refused else arranging.candidates(session, row),
        frame={"active": "files" if row.case_id else "inbox"},
    )


def _cards(platform: Platform, row: Document) -> list[dict[str, Any]]:
    """What is shown of each leaf: where it lies, as which page it counts, and how it was read."""
    leaves = arrangement.here(arrangement.leaves_of(row))
    contents = pages.contents_of(platform, leaves)
    failed = {sha256: dict(content.get("failed") or ()) for sha256, content in contents.items()}
    read = {
        (sha256, found["number"]): found for sha256, content in contents.items() for found in content.get("pages") or ()
    }
    places = {leaf.number: place for place, leaf in enumerate(arrangement.shown(leaves), start=1)}
    cards = []
    for position, leaf in enumerate(leaves, start=1):
        found = read.get((leaf.sha256, leaf.page))
        code = failed[leaf.sha256].get(leaf.page) if found is None else None
        card = {
            "leaf": leaf,
            "position": position,
            "place": places.get(leaf.number),
            "rotation": _rotation(platform, leaf, found),
            "is_blank": found is not None and found["source"] == "blank",
            "is_poor": found is not None and bool(poor_pages({"pages": [found]})),
            "failed": reason(code) if code else None,
        }
        cards.append(card)
    return cards


def _rotation(platform: Platform, leaf: Leaf, found: Mapping[str, Any] | None) -> int:
    """Which way up the leaf is shown; of a page that was not read the file itself is asked."""
    if leaf.upright is not None:
        return leaf.upright
    if found is not None:
        return int(found["rotation"])
    try:
        facts = readings.run(platform, "describe", leaf.sha256).value["pages"]
    except Rejected:
        return 0
    return int(facts[leaf.page - 1]["rotation"]) if leaf.page <= len(facts) else 0


@router.get(f"{ADDRESS}.pdf")
@requires(Action.DOCUMENT_READ)
def as_pdf(session: ReadSession, platform: ThePlatform, document_id: UUID) -> Response:
    """The pages as they lie now, as a PDF to be handed on; made soon after somebody arranged them."""
    row = records.document(session, document_id)
    if row.arrangement is None:
        raise NotFound("page.unknown")
    made = queries.rendition(session, row.original_sha256, arrangement.arranged_kind(row))
    if made is None:
        raise Unavailable("pages.unfinished")
    with readings.original(platform, made.blob_sha256) as stream:
        return pdf_response(stream.read(), f"{row.title}.pdf")


@router.post(ADDRESS)
@requires(Action.DOCUMENT_FILE)
def act(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    seen: Annotated[int, Form()],
    act: Annotated[str, Form(max_length=40)] = "order",
    leaf: Annotated[list[int] | None, Form(max_length=AT_ONCE)] = None,
    place: Annotated[list[str] | None, Form(max_length=AT_ONCE)] = None,
) -> Response:
    """One act: ``order`` reads the places of all leaves, ``upright:3:90``, ``hide:3`` and so on name theirs."""
    kind, number, upright = _parsed(act)
    acts: dict[str, Callable[[Document], None]] = {
        "upright": lambda row: arranging.turn(session, platform, row, number, upright),
        "hide": lambda row: arranging.hide(session, platform, row, number),
        "show": lambda row: arranging.show(session, platform, row, number),
        "forward": lambda row: arranging.shift(session, platform, row, number, -1),
        "back": lambda row: arranging.shift(session, platform, row, number, 1),
        "order": lambda row: arranging.order(session, platform, row, _places(leaf or [], place or [])),
    }
    if kind not in acts:
        raise Invalid({"act": "input.choice"})
    return _done(session, document_id, seen, acts[kind], DONE[kind], anchor=number)


def _parsed(act: str) -> tuple[str, int, int]:
    """Kind of the act, number of the leaf and degrees; 0 where it names none."""
    kind, *numbers = act.split(":")
    if len(numbers) > 2 or not all(each.isascii() and each.isdigit() for each in numbers):
        raise Invalid({"act": "input.choice"})
    number, upright, *_ = [*map(int, numbers), 0, 0]
    return kind, number, upright


def _places(leaves: list[int], typed: list[str]) -> dict[int, int]:
    if len(leaves) != len(typed) or not all(each.strip().isascii() and each.strip().isdigit() for each in typed):
        raise RuleViolation("pages.place")
    return {number: int(each) for number, each in zip(leaves, typed, strict=True)}


@router.post(f"{ADDRESS}/trennen")
@requires(Action.DOCUMENT_FILE)
def cut(
    platform: ThePlatform,
    actor: TheActor,
    document_id: UUID,
    seen: Annotated[int, Form()],
    nach: Annotated[int, Form()] = 0,
) -> Response:
    """What lies behind the leaf becomes a document of its own; the reading of its pages goes with it."""
    address = f"/dokumente/{document_id}/seiten"
    try:
        arranging.cut(platform, actor, document_id, after=nach, seen=seen)
    except (Conflict, RuleViolation) as exc:
        return done(address, error_text(exc), kind="danger")
    with platform.db.read(actor) as session:
        now = records.document(session, document_id).current_version
    sentence = "Abgetrennt. Die hinteren Seiten kommen als eigenes Dokument in den Posteingang oder den Vorgang."
    return done(address, sentence, undo_url=_back(document_id, seen, now))


@router.post(f"{ADDRESS}/anfuegen")
@requires(Action.DOCUMENT_FILE)
def append(
    session: WriteSession,
    platform: ThePlatform,
    document_id: UUID,
    seen: Annotated[int, Form()],
    other: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """The pages of another document of an inbox go behind these; that one is put aside."""
    if not other:
        sentence = "Bitte wählen Sie das Dokument aus, dessen Seiten angefügt werden."
        return done(f"/dokumente/{document_id}/seiten", sentence, kind="danger")

    def take(row: Document) -> None:
        arranging.append(session, platform, row, records.document(session, _uuid(other)))

    return _done(session, document_id, seen, take, "Angefügt. Das andere Dokument ist beiseitegelegt.")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise Invalid({"other": "input.choice"}) from exc


@router.post(f"{ADDRESS}/zurueck")
@requires(Action.DOCUMENT_FILE)
def go_back(
    session: WriteSession, platform: ThePlatform, document_id: UUID, version: int = 0, seen: int = 0
) -> Response:
    """Lay the pages as they lay in an earlier version."""

    def restore(row: Document) -> None:
        arranging.go_back(session, platform, row, version)

    return _done(session, document_id, seen, restore, "Die frühere Anordnung ist wiederhergestellt.")


def _done(
    session: Session,
    document_id: UUID,
    seen: int,
    act: Callable[[Document], None],
    sentence: str,
    *,
    anchor: int = 0,
) -> Response:
    """Do the act on what the person saw, and offer the way back; a refusal stands on the same page."""
    row = records.document(session, document_id)
    address = f"/dokumente/{document_id}/seiten"
    try:
        records.check_version(row, seen)
        act(row)
    except (Conflict, RuleViolation) as exc:
        session.rollback()
        return done(address, error_text(exc), kind="danger")
    if row.current_version == seen:
        return done(address, "Nichts geändert.")
    return done(
        f"{address}#blatt-{anchor}" if anchor else address,
        sentence,
        undo_url=_back(document_id, seen, row.current_version),
    )


def _back(document_id: UUID, version: int, seen: int) -> str:
    return f"/dokumente/{document_id}/seiten/zurueck?version={version}&seen={seen}"
