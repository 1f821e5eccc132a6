"""Search over everything the person may see."""

from typing import Annotated

from fastapi import APIRouter, Query

from dms.actor import Action
from dms.api.caller import TokenRoute
from dms.api.problem import documented
from dms.api.schemas import SearchAnswer
from dms.edge.guard import ReadSession, TheActor, ThePlatform, requires
from dms.finding import service as finding

router = APIRouter(route_class=TokenRoute, tags=["search"])


@router.get("/search", responses=documented())
@requires(Action.SEARCH)
def search(
    session: ReadSession,
    platform: ThePlatform,
    actor: TheActor,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=20_000,
            description="As typed into the search box; what is beyond 1,000 characters is not looked for",
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=1000)] = 0,
    kind: Annotated[str | None, Query(max_length=20, description="letter or invoice")] = None,
    unit: Annotated[str | None, Query(max_length=200, description="Name of the org unit")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2099, description="Year of receipt")] = None,
) -> SearchAnswer:
    """Find documents by words, the best first."""
    wanted = {"kind": kind, "unit": unit, "year": str(year) if year else None}
    filters = {name: value for name, value in wanted.items() if value is not None}
    started = platform.clock.now()
    answer = finding.search(platform, session, actor, q, limit=limit, offset=offset, filters=filters)
    return SearchAnswer.of(q, answer, (platform.clock.now() - started).total_seconds())
