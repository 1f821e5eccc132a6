"""Turns templates into pages: the frame that every page has, and what the templates may call."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action, Actor
from dms.identity.models import LegalEntity
from dms.records import queries
from dms.web.format import FILTERS
from dms.web.routing import platform_of
from dms.web.session import WEB

HERE = Path(__file__).parent
STATIC = HERE / "static"
_MENU = {"inbox": Action.INBOX_READ}
"""Menu entry → the action its page requires."""


@lru_cache(maxsize=64)
def static(path: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{path}?v={hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]}"


def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    environment = Environment(loader=loader, autoescape=select_autoescape())
    environment.filters.update(FILTERS)
    environment.globals["static"] = static
    return environment


_TEMPLATES = _environment()


def page(
    request: Request, template: str, *, status: int = 200, active: str | None = None, **context: Any
) -> HTMLResponse:
    """The whole page from a template, in the frame of whoever asks."""
    html = _TEMPLATES.get_template(template).render(frame=_frame(request, active), **context)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def _frame(request: Request, active: str | None) -> dict[str, Any]:
    actor: Actor | None = getattr(request.state, "actor", None)
    with platform_of(request).db.read(actor or WEB) as session:
        counts = {"inbox": queries.inbox_count(session)} if actor and actor.may(Action.INBOX_READ) else {}
        town = _town(session)
    return {
        "town": town,
        "person": {"name": actor.name} if actor else None,
        "counts": counts,
        "can": {key for key, action in _MENU.items() if actor and actor.may(action)},
        "active": active,
        "request_id": getattr(request.state, "request_id", None),
    }


def _town(session: Session) -> str:
    return session.scalars(select(LegalEntity.name).order_by(LegalEntity.id).limit(1)).first() or "Aktenlauf"
