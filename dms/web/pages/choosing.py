"""Choose a value on the page: pick the field, click its first and its last word (or pick them from a list), take it.

One page for documents and one for invoices; each step is an address, so that it works without a script.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.errors import Conflict, Forbidden, Invalid, NotFound, RuleViolation
from dms.intake import choosing, pages
from dms.intake.choosing import Spot
from dms.money import from_cents, to_cents
from dms.payables import evidence, service
from dms.payables import queries as payable_queries
from dms.payables.models import PayableInvoice, PayableState
from dms.platform import Platform
from dms.records import arrangement
from dms.records import service as records
from dms.records.models import Document
from dms.web.format import date_numeric, money_input, parse_date, parse_iban, parse_money
from dms.web.provenance import METADATA_FROM, READ_FROM
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, field_errors, page
from dms.web.viewer import Turned, page_view
from dms.web.wording import FIELDS, LETTER_FIELDS, error_text

router = APIRouter(route_class=GuardedRoute)
COLUMNS = {name: column for column, name in READ_FROM.items()}
"""Name of the extracted value → field of the invoice that it fills."""
METADATA = {names[0]: field for field, names in METADATA_FROM.items()}
"""Name of the extracted value → field of a document that it fills."""
Number = Annotated[int | None, Query(ge=0, le=100_000)]


class Chosen(BaseModel):
    """What the person took: the words by their place on the page, and the value as it should be."""

    feld: str = Field("", max_length=40)
    seite: int = Field(1, ge=1, le=100_000)
    von: int = Field(0, ge=0, le=100_000)
    bis: int = Field(0, ge=0, le=100_000)
    seen: str = Field("", max_length=64)
    value: str = Field("", max_length=400)


@router.get("/dokumente/{document_id}/werte")
@requires(Action.DOCUMENT_EDIT)
def show(
    request: Request, session: ReadSession, platform: ThePlatform, document_id: UUID, feld: str = "", seite: int = 1,
    von: Number = None, bis: Number = None,
) -> Response:  # fmt: skip
    row = records.document(session, document_id)
    payable = _alive(session, row)
    if payable is not None:
        return RedirectResponse(f"/rechnungen/{payable.id}/werte?{urlencode({'feld': feld, 'seite': seite})}", 303)
    return _page(request, session, platform, row, None, feld=feld, seite=seite, von=von, bis=bis)


@router.get("/rechnungen/{payable_id}/werte")
@requires(Action.PAYABLE_CAPTURE)
def show_payable(
    request: Request, session: ReadSession, platform: ThePlatform, payable_id: UUID, feld: str = "", seite: int = 1,
    von: Number = None, bis: Number = None,
) -> HTMLResponse:  # fmt: skip
    payable = service.payable(session, payable_id)
    row = records.document(session, payable.document_id)
    return _page(request, session, platform, row, payable, feld=feld, seite=seite, von=von, bis=bis)


def _alive(session: Session, row: Document) -> PayableInvoice | None:
    payable = payable_queries.of_document(session, row.id)
    return payable if payable is not None and payable.state != PayableState.VOID else None


def _page(
    request: Request,
    session: Session,
    platform: Platform,
    row: Document,
    payable: PayableInvoice | None,
    *,
    feld: str,
    seite: int,
    von: int | None,
    bis: int | None,
    typed: str | None = None,
    error: str | None = None,
) -> HTMLResponse:
    names = {name: FIELDS[name] for name in COLUMNS} if payable else _letter_names()
    name = feld if feld in names else next(iter(names))
    read = {found["number"]: found for found in pages.content(platform, row).get("pages") or ()}
    leaves = arrangement.shown(arrangement.leaves_of(row))
    if not read or not leaves:
        raise RuleViolation("pages.none")
    number = min(max(seite, 1), len(leaves))
    found = read.get(number)
    chosen = choosing.spot(found, von, von if bis is None else bis) if found and von is not None else None
    base = f"/rechnungen/{payable.id}" if payable else f"/dokumente/{row.id}"
    place = {"feld": name, "seite": number}
    return page(
        request,
        "documents/choose.html",
        session=session,
        status=422 if error else 200,
        row=row,
        payable=payable,
        base=base,
        names=names,
        name=name,
        number=number,
        total=len(leaves),
        view=page_view(number, leaves[number - 1], found),
        words=_words(found, base, place, von, bis) if found else [],
        lines=_lines(found) if found else [],
        von=von,
        bis=von if bis is None else bis,
        chosen=chosen,
        value=typed if typed is not None else _spoken(choosing.reading_of(name, chosen.text)) if chosen else "",
        error=error,
        seen=evidence.current_content(session, payable).all_sha256 if payable else str(row.current_version),
        frame={"active": "payables" if payable else "inbox"},
    )


def _letter_names() -> dict[str, str]:
    return {name: LETTER_FIELDS[name] for name in METADATA}


def _spoken(value: date | Decimal | str) -> str:
    """A value as a person types it."""
    if isinstance(value, date):
        return date_numeric(value)
    return money_input(to_cents(value)) if isinstance(value, Decimal) else value


def _words(
    read: Mapping[str, Any], base: str, place: Mapping[str, object], von: int | None, bis: int | None
) -> list[dict[str, Any]]:
    """The words as they are seen, each with the address that a click on it leads to: first word, then last word."""
    seen, end = Turned(read), von if bis is None else bis
    marked = range(min(von, end), max(von, end) + 1) if von is not None and end is not None else range(0)
    is_begun = von is not None and bis is None
    found = []
    for index, word in enumerate(read["words"]):
        choice = {"von": von, "bis": index} if is_begun else {"von": index}
        address = f"{base}/werte?{urlencode({**place, **choice})}#wort-{index}"
        found.append({**seen.place(word[1:5]), "text": word[0], "address": address, "is_chosen": index in marked})
    return found


def _lines(read: Mapping[str, Any]) -> list[tuple[str, list[tuple[int, str]]]]:
    """The words for a list, those that stand beside each other together; each by its place in the reading."""
    seen = Turned(read)
    lines: list[list[tuple[int, str]]] = []
    bottom = -1.0
    for index, word in enumerate(read["words"]):
        box = seen.place(word[1:5])
        middle = box["y"] + box["h"] / 2
        if not lines or not bottom - box["h"] < middle < bottom:
            lines.append([])
        lines[-1].append((index, str(word[0])))
        bottom = box["y"] + box["h"]
    return [(f"Zeile {number}", words) for number, words in enumerate(lines, 1)]


@router.post("/dokumente/{document_id}/werte")
@requires(Action.DOCUMENT_EDIT)
def take(
    request: Request, session: WriteSession, platform: ThePlatform, document_id: UUID, form: Annotated[Chosen, Form()]
) -> Response:
    """Take the value for the document: what a person says of it follows."""
    row = records.document(session, document_id)
    if _alive(session, row) is not None:
        raise Forbidden("value.in_invoice")
    if form.feld not in _letter_names():
        raise Invalid({"feld": "input.choice"})
    try:
        records.check_version(row, int(form.seen) if form.seen.isdigit() else 0)
        value, spot = _value(form), _spot(platform, row, form)
        choosing.say(session, row, form.feld, _plain(value), spot, platform.clock)
        said = value if isinstance(value, date) else str(value)
        records.edit(session, row, {METADATA[form.feld]: said}, platform.clock)
    except (Invalid, Conflict) as exc:
        return _again(request, session, platform, row, None, form, exc)
    return _taken(f"/dokumente/{document_id}", form)


@router.post("/rechnungen/{payable_id}/werte")
@requires(Action.PAYABLE_CAPTURE)
def take_for_payable(
    request: Request, session: WriteSession, platform: ThePlatform, payable_id: UUID, form: Annotated[Chosen, Form()]
) -> Response:
    """Take the value for the invoice; who may, and whether it still may change, the approval itself asks."""
    payable = service.payable(session, payable_id, lock=True)
    row = records.document(session, payable.document_id)
    if form.feld not in COLUMNS:
        raise Invalid({"feld": "input.choice"})
    try:
        value, spot = _value(form), _spot(platform, row, form)
        service.edit(session, payable, {COLUMNS[form.feld]: value}, platform.clock, seen=form.seen)
        choosing.say(session, row, form.feld, _plain(value), spot, platform.clock)
    except (Invalid, Conflict) as exc:
        return _again(request, session, platform, row, payable, form, exc)
    return _taken(f"/rechnungen/{payable_id}", form)


def _value(form: Chosen) -> date | int | str:
    """The value typed: a day, whole cents, or text. Raises `Invalid`."""
    text = form.value.strip()
    if not text:
        raise Invalid({"value": "input.missing"})
    try:
        if form.feld in choosing.DATES:
            return parse_date(text)
        if form.feld in choosing.AMOUNTS:
            return parse_money(text)
        return parse_iban(text) if form.feld == choosing.IBAN else text[:200]
    except ValueError as exc:
        raise Invalid({"value": str(exc)}) from exc


def _plain(value: date | int | str) -> str:
    """The form in which extracted values are kept."""
    return str(from_cents(value)) if isinstance(value, int) else str(value)


def _spot(platform: Platform, row: Document, form: Chosen) -> Spot:
    read = pages.content(platform, row).get("pages") or ()
    found = next((each for each in read if each["number"] == form.seite), None)
    spot = choosing.spot(found, form.von, form.bis) if found else None
    if spot is None:
        raise NotFound("page.unknown")
    return spot


def _again(
    request: Request,
    session: Session,
    platform: Platform,
    row: Document,
    payable: PayableInvoice | None,
    form: Chosen,
    exc: Invalid | Conflict,
) -> HTMLResponse:
    session.rollback()
    error = next(iter(field_errors(exc).values())) if isinstance(exc, Invalid) else error_text(exc)
    place = {"feld": form.feld, "seite": form.seite, "von": form.von, "bis": form.bis}
    return _page(request, session, platform, row, payable, **place, typed=form.value, error=error)  # type: ignore[arg-type]


def _taken(base: str, form: Chosen) -> Response:
    name = {**FIELDS, **LETTER_FIELDS}[form.feld]
    return done(f"{base}?feld={form.feld}#seite-{form.seite}", f"{name} von der Seite übernommen.")
