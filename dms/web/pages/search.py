"""Search over everything the person may see."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from dms.actor import Action
from dms.finding import service as finding
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, requires
from dms.web.templating import fragment, page, pages_of

router = APIRouter(route_class=GuardedRoute)
PAGE_SIZE = 20
FACETS = {"art": "kind", "amt": "unit", "jahr": "year"}
"""Name in the address → facet of the index."""


@router.get("/suche")
@requires(Action.SEARCH)
def search(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    actor: TheActor,
    q: Annotated[str, Query(max_length=20_000)] = "",
    art: Annotated[str, Query(max_length=60)] = "",
    amt: Annotated[str, Query(max_length=200)] = "",
    jahr: Annotated[str, Query(max_length=4)] = "",
    seite: Annotated[int, Query(ge=1, le=500)] = 1,
) -> HTMLResponse:
    chosen = {name: value for name, value in (("art", art), ("amt", amt), ("jahr", jahr)) if value}
    filters = {FACETS[name]: value for name, value in chosen.items()}
    offset = (seite - 1) * PAGE_SIZE
    answer = (
        finding.search(platform, session, actor, q, limit=PAGE_SIZE, offset=offset, filters=filters)
        if q.strip()
        else None
    )
    return page(
        request,
        "search/index.html",
        session=session,
        q=q,
        answer=answer,
        facets=_facets(answer, q, chosen) if answer else [],
        chosen=[(name, value, _address(q, chosen, name, None)) for name, value in chosen.items()],
        recognised=finding.recognised(q),
        number=seite,
        pages=pages_of(answer.total, PAGE_SIZE) if answer else 1,
        address=_address(q, chosen) + "&",
        frame={"query": q[:400]},
    )


def _facets(answer: finding.Answer, q: str, chosen: dict[str, str]) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """(name, [(value, count, address that narrows to it)]) of every facet with a choice left."""
    found = []
    for name, facet in FACETS.items():
        counts = answer.facets.get(facet, {})
        rows = [(value, count, _address(q, chosen, name, value)) for value, count in counts.items() if value][:12]
        if len(rows) > 1 and name not in chosen:
            found.append((name, sorted(rows, reverse=True) if name == "jahr" else rows))
    return found


def _address(q: str, chosen: dict[str, str], name: str | None = None, value: str | None = None) -> str:
    """The address of this search with one filter set, or without it."""
    wanted = {key: kept for key, kept in chosen.items() if key != name}
    if name and value:
        wanted[name] = value
    return "/suche?" + urlencode({"q": q, **wanted})


@router.get("/suche/vorschlaege")
@requires(Action.SEARCH)
def suggestions(
    request: Request,
    session: ReadSession,
    platform: ThePlatform,
    actor: TheActor,
    q: Annotated[str, Query(max_length=400)] = "",
) -> HTMLResponse:
    """Words and titles that begin or contain what stands in the search field so far."""
    found = finding.suggest(platform, session, actor, q) if len(q.strip()) >= 2 else []
    return fragment(request, "search/_suggestions.html", found=found)
