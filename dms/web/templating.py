"""Renders pages: the Jinja environment, the frame around every page, and messages that outlive a redirect."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action, Actor
from dms.errors import Invalid
from dms.identity.models import LegalEntity
from dms.payables.waiting import task_count
from dms.payables.worklist import TASKS
from dms.records.arrangement import first_leaf
from dms.records.queries import assigned_count, inbox_count
from dms.web import wording
from dms.web.format import FILTERS, date_numeric, iban, money
from dms.web.provenance import of_value
from invoicing.messages import in_german

HERE = Path(__file__).parent
FLASH = "aktenlauf-meldung"
PAGE_KEYS = {
    Action.INBOX_READ: "inbox", Action.FILE_READ: "files", Action.PAYABLE_READ: "payables", Action.SEARCH: "search",
    Action.INTAKE_CREATE: "upload", Action.JOB_MANAGE: "jobs", Action.SYSTEM_MANAGE: "system",
    Action.AUDIT_READ: "audit", Action.FILE_CREATE: "file_create", Action.DOCUMENT_FILE: "document_file",
    Action.DOCUMENT_EDIT: "document_edit", Action.PAYABLE_COMMENT: "comment", Action.PAYABLE_CAPTURE: "capture",
}  # fmt: skip


def payable_value(text: str | None, field: str) -> str:
    """An earlier value of an invoice field (as `PayableVersion.changes` keeps it) the way people read it."""
    if not text:
        return "leer"
    if field.endswith("_cents"):
        return money(int(text))
    if field.endswith(("_on", "_until")):
        return date_numeric(date.fromisoformat(text))
    return "ein anderer Eintrag" if field.endswith("_id") and field != "seller_vat_id" else text


def term_value(text: str, bt: str) -> str:
    """A value of an e-invoice by its term (EN 16931) the way people read it."""
    return iban(text) if bt == "BT-84" else in_german(bt, text)


environment = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=ChainableUndefined, trim_blocks=True
)
environment.filters.update(FILTERS)
environment.filters["payable_value"] = payable_value
environment.filters["term_value"] = term_value
environment.filters["first_leaf"] = first_leaf
environment.filters["provenance"] = of_value
environment.globals["static"] = lambda name: f"/static/{name}"
environment.globals["wording"] = wording


def page(
    request: Request, template: str, *, session: Session | None = None, status: int = 200, tasks: int | None = None,
    **context: Any,
) -> HTMLResponse:  # fmt: skip
    """A whole page in its frame; the message of the act before is shown once.

    `tasks` is how many wait for the person, where the page knows already.
    """
    actor: Actor | None = getattr(request.state, "actor", None)
    frame = {
        "town": "Gemeinde",
        "person": {"name": actor.name, "role": _roles(actor)} if actor else None,
        "counts": {},
        "can": [key for action, key in PAGE_KEYS.items() if actor and actor.may(action)],
        "messages": _messages(request),
        "request_id": getattr(request.state, "request_id", None),
        **context.pop("frame", {}),
    }
    if session is not None and actor is not None:
        frame["town"] = session.scalars(select(LegalEntity.name).order_by(LegalEntity.id)).first()
        frame["counts"] = {
            "tasks": _tasks(session) if tasks is None else tasks,
            "inbox": inbox_count(session),
        }
    answer = HTMLResponse(environment.get_template(template).render(frame=frame, **context), status)
    if FLASH in request.cookies:
        answer.delete_cookie(FLASH)
    return answer


def _tasks(session: Session) -> int:
    return task_count(session, most=TASKS) + assigned_count(session)


def fragment(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A part of a page, for htmx."""
    return HTMLResponse(environment.get_template(template).render(**context))


def field_errors(error: Invalid) -> dict[str, str]:
    """Field → the German sentence about what is wrong with it."""
    return {name: wording.ERRORS[code] for name, code in error.fields.items()}


def pages_of(total: int, size: int) -> int:
    """How many pages a list of `total` rows has; an empty one has one."""
    return max(1, -(-total // size))


def done(address: str, title: str, *, kind: str = "success", undo_url: str | None = None) -> Response:
    """Go on to a page (303) and tell there what was done, with a way back where there is one."""
    answer = RedirectResponse(address, 303)
    message = json.dumps([{"kind": kind, "title": title, "body": None, "undo_url": undo_url}])
    answer.set_cookie(FLASH, urlsafe_b64encode(message.encode()).decode(), max_age=60, httponly=True, samesite="lax")
    return answer


def _roles(actor: Actor) -> str:
    return ", ".join(wording.ROLES[role] for role in sorted(actor.roles))


def _messages(request: Request) -> list[dict[str, str | None]]:
    """Messages from the cookie: plain text for the page; a forged one only misleads whoever forged it."""
    try:
        found = json.loads(urlsafe_b64decode(request.cookies.get(FLASH, "")))
    except ValueError:
        return []
    return [message for message in found if isinstance(message, dict)][:5] if isinstance(found, list) else []
