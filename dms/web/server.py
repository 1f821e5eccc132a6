"""The web application: middleware around every request, error pages, and the pages' routers."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from dms.edge.guard import begin
from dms.edge.limits import UPLOAD_BYTES, limit_bodies
from dms.edge.refusals import HttpRefusal, invalid
from dms.errors import DmsError, NotFound
from dms.ops.health import State, components
from dms.platform import Platform
from dms.web import session as sessions
from dms.web.pages import (
    account,
    approval,
    audit,
    choosing,
    documents,
    einvoice,
    files,
    filing,
    inbox,
    leaves,
    payables,
    quality,
    search,
    sheets,
    upload,
)
from dms.web.pages.admin import operations, people, town
from dms.web.routing import GuardedRoute, ThePlatform, public
from dms.web.templating import page
from dms.wording import code_text, error_text

log = logging.getLogger("dms.web")

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PAGES = (
    account, inbox, quality, documents, leaves, choosing, filing, files, payables, einvoice, approval, search, audit,
    operations, people, town, sheets,
)  # fmt: skip

router = APIRouter(route_class=GuardedRoute)


def create_app(platform: Platform, *, bind: str) -> FastAPI:
    """The application for one opened installation; `bind` is the own ``host:port`` where no public address is set."""
    app = FastAPI(title="Aktenlauf", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.route_class = GuardedRoute
    app.state.platform, app.state.bind = platform, bind
    for pages in PAGES:
        app.include_router(pages.router)
    app.include_router(upload.router, max_body_size=UPLOAD_BYTES)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(DmsError, _error_page)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(Exception, _failure)
    limit_bodies(app)
    app.middleware("http")(_around)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    return app


async def _around(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    begin(request)
    if not request.url.path.startswith("/static/"):
        response = await run_in_threadpool(_identify, request) or await call_next(request)
    else:
        response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=3600"
    if request.app.state.platform.settings.has_tls:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
        _secure_cookies(response)
    return response


def _secure_cookies(response: Response) -> None:
    """No cookie, whoever set it, travels in the clear where connections are encrypted."""
    response.raw_headers = [
        (name, value + b"; Secure" if name == b"set-cookie" and b"secure" not in value.lower() else value)
        for name, value in response.raw_headers
    ]


def _identify(request: Request) -> Response | None:
    """Says who asks; an error page where that cannot be known, because the database does not answer."""
    platform: Platform = request.app.state.platform
    request.state.actor, request.state.must_change_password = None, False
    token = request.cookies.get(sessions.cookie_name(platform.settings))
    try:
        found = sessions.who(platform, token, request.state.request_id) if token else None
    except DmsError as error:
        return _error_page(request, error)
    if found is not None:
        request.state.actor, request.state.must_change_password = found
    return None


@router.get("/health/live")
@public
def live() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"state": "live"})


@router.get("/health/ready")
@public
def ready(platform: ThePlatform) -> JSONResponse:
    """Whether the parts answer that nothing works without; reveals nothing else."""
    found = components(platform)
    is_ready = State.FAILED not in found.values()
    return JSONResponse({name: state.value for name, state in found.items()}, 200 if is_ready else 503)


def _error_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, DmsError)  # noqa: S101 - registered for this class only
    log.info("refused", extra={"code": error.code, "request": getattr(request.state, "request_id", None)})
    return page(request, "errors/error.html", status=error.status, sentence=error_text(error), code=error.status)


def _refused(request: Request, error: Exception) -> Response:
    """What HTTP refuses; an address that names no id is one that does not exist."""
    if isinstance(error, RequestValidationError):
        is_address = any(each["loc"][0] == "path" for each in error.errors())
        return _error_page(request, NotFound("page.unknown") if is_address else invalid(error))
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these classes only
    is_unknown = error.status_code == 404
    return _error_page(request, NotFound("page.unknown") if is_unknown else HttpRefusal(error))


def _failure(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error, extra={"request": getattr(request.state, "request_id", None)})
    return page(request, "errors/error.html", status=500, sentence=code_text("server.failed"), code=500)
