"""The JSON application: its routers under `/api/v1`, problem documents for every error, its own description."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from dms.api import documents, intake, payables, search
from dms.api.caller import TokenRoute
from dms.api.problem import HEADERS, Problem, answer_with_problems
from dms.edge.guard import begin, public
from dms.edge.limits import limit_bodies
from dms.platform import Platform

PREFIX = "/api/v1"
DESCRIPTION = """Documents and incoming invoices of a municipality. Every call carries a bearer token: that of a scanner
station brings documents in and reads nothing back, that of a person may what the person may. Errors are problem
documents (RFC 9457) with a stable `code`. Amounts are decimal strings with two decimals, instants are UTC."""

router = APIRouter(route_class=TokenRoute)


def create_app(platform: Platform) -> FastAPI:
    """The JSON edge of one opened installation."""
    app = FastAPI(title="Aktenlauf", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.router.route_class = TokenRoute
    app.state.platform = platform
    app.include_router(router, prefix=PREFIX)
    described = [Depends(HTTPBearer(auto_error=False, description="`dms token add`"))]
    for part in (intake.router, documents.router, search.router, payables.router):
        app.include_router(part, prefix=PREFIX, dependencies=described)
    answer_with_problems(app)
    limit_bodies(app)
    app.middleware("http")(_around)
    return app


async def _around(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    begin(request)
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("X-Request-Id", request.state.request_id)
    if request.app.state.platform.settings.has_tls:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


@router.get("/openapi.json", include_in_schema=False)
@public
def openapi(request: Request) -> JSONResponse:
    """The description of this interface. Public: it is the same in every town and says what the sources say; programs
    that make clients of it fetch it without a token."""
    return JSONResponse(_described(request.app))


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI, with the one shape of all errors that no route names by its type; made once."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    found = get_openapi(title=app.title, version="1", description=DESCRIPTION, routes=app.routes)
    shapes = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    found["components"]["schemas"] |= {**shapes.pop("$defs"), "Problem": shapes}
    app.openapi_schema = found
    return found
