"""Errors as problem documents (RFC 9457): the stable code for programs, German sentences for people."""

import logging
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from dms.edge.refusals import HttpRefusal, invalid
from dms.errors import DmsError, Invalid, Throttled, Unauthenticated, Unavailable
from dms.payables.approval import Event
from dms.wording import TITLES, code_text, error_text

log = logging.getLogger("dms.api")

KEY = "Idempotency-Key"
MEDIA_TYPE = "application/problem+json"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer, whatever else it says."""
WAIT_SECONDS = 30
"""When a neighbour is down: its jobs wait no longer than that either."""


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Name, with dots between the levels", examples=["payload.lines.0.amount"])
    code: str = Field(description="Stable code", examples=["input.missing"])
    detail: str = Field(description="German sentence for a person")


class Problem(BaseModel):
    """Why the request was refused; nothing was changed."""

    type: str = Field(description="Always about:blank: `code` says which problem it is")
    title: str = Field(description="German title of the status")
    status: int
    detail: str = Field(description="German sentence for a person")
    code: str = Field(description="Stable code for programs", examples=["approval.same_person"])
    request_id: str = Field(description="Names this request in the log of the server")
    errors: list[FieldProblem] = Field(description="The fields that cannot be used")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses of a route: what every one can answer, and `statuses`."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in sorted({*statuses, *_EVERYWHERE})}


_EVERYWHERE = (401, 403, 422, 429, 500, 503)


def answer_with_problems(app: FastAPI) -> None:
    """Every error of the application becomes a problem document."""
    app.add_exception_handler(DmsError, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(Exception, _failed)


def _refused(request: Request, error: Exception) -> Response:
    found = _as_dms_error(error)
    log.info("refused", extra={"code": found.code, "request": request.state.request_id})
    fields = found.fields if isinstance(found, Invalid) else {}
    problem = Problem(
        type="about:blank",
        title=TITLES.get(found.status, TITLES[500]),
        status=found.status,
        detail=error_text(found),
        code=found.code,
        request_id=request.state.request_id,
        errors=[FieldProblem(field=name, code=code, detail=code_text(code)) for name, code in fields.items()],
    )
    headers = {**HEADERS, "X-Request-Id": request.state.request_id, **_headers(found)}
    return JSONResponse(problem.model_dump(), found.status, headers=headers, media_type=MEDIA_TYPE)


def _as_dms_error(error: Exception) -> DmsError:
    if isinstance(error, RequestValidationError):
        return _named(invalid(error))
    if isinstance(error, HTTPException):
        return HttpRefusal(error)
    assert isinstance(error, DmsError)  # noqa: S101 - registered for these classes only
    return error


def _named(found: Invalid) -> Invalid:
    """Fields as the caller knows them: without the name of the event that Pydantic chose a shape by."""
    fields = {_without_event(name): code for name, code in found.fields.items()}
    if fields.get(KEY) == "input.missing":
        return Invalid({**fields, KEY: "idempotency.missing"}, "idempotency.missing")
    return Invalid(fields)


def _without_event(name: str) -> str:
    head, _, rest = name.partition(".")
    return rest if rest and head in set(Event) else name


def _headers(error: DmsError) -> dict[str, str]:
    if isinstance(error, HttpRefusal):
        return dict(error.headers)
    if isinstance(error, Throttled):
        return {"Retry-After": str(error.params["seconds"])}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(WAIT_SECONDS)}
    if isinstance(error, Unauthenticated):
        fault = "" if error.code == "token.missing" else ', error="invalid_token"'
        return {"WWW-Authenticate": f'Bearer realm="Aktenlauf"{fault}'}
    return {}


def _failed(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error, extra={"request": request.state.request_id})
    return _refused(request, DmsError("server.failed"))
