"""Search over everything the person may see."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dms.actor import Action
from dms.finding import service as finding
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, requires
from dms.web.templating import page

router = APIRouter(route_class=GuardedRoute)


@router.get("/suche")
@requires(Action.SEARCH)
def search(
    request: Request, session: ReadSession, platform: ThePlatform, actor: TheActor, q: str = "", seite: int = 1
) -> HTMLResponse:
    offset = (max(1, min(seite, 50)) - 1) * 20
    answer = finding.search(platform, session, actor, q[:1000], offset=offset) if q.strip() else None
    return page(request, "search/index.html", session=session, q=q, answer=answer, frame={"query": q[:400]})
