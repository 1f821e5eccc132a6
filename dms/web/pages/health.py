"""Whether the process lives and can work: for the machines that watch it."""

from fastapi.responses import JSONResponse, Response

from dms.identity.service import user_count
from dms.web.routing import PlatformOf, guarded_router, public
from dms.web.session import WEB

router = guarded_router("/health")


@router.get("/live")
@public
def live() -> Response:
    return JSONResponse({"status": "ok"})


@router.get("/ready")
@public
def ready(platform: PlatformOf) -> Response:
    with platform.db.read(WEB) as session:
        user_count(session)
    return JSONResponse({"status": "ok"})
