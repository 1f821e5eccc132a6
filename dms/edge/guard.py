"""The guard of both edges: a route without a rule cannot be registered, and every request passes it before all else.

Pages and JSON say in `admit` how somebody is recognised and what the refused are told; the rule itself is declared and
kept here.
"""

import inspect
from collections.abc import Callable, Coroutine
from enum import Enum
from functools import wraps
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from dms.actor import Action, Actor
from dms.ids import uuid7
from dms.platform import Platform

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def requires(action: Action) -> Callable[[Endpoint], Endpoint]:
    """Declare which action a route needs."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.access_rule = action  # type: ignore[attr-defined]  # read again by GuardedRoute
        return endpoint

    return mark


def public(endpoint: Endpoint) -> Endpoint:
    """Declare that a route needs no login."""
    endpoint.access_rule = None  # type: ignore[attr-defined]  # read again by GuardedRoute
    return endpoint


class GuardedRoute(APIRoute):
    """Refuses at import what nobody said a rule for, and at run time what `admit` of its edge does not let in."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if not hasattr(endpoint, "access_rule"):
            raise TypeError(f"{path}: say @requires(Action.…) or @public")
        self.rule: Action | None = endpoint.access_rule
        super().__init__(path, _with_session(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            return await self.admit(request) or await handler(request)

        return guarded

    async def admit(self, request: Request) -> Response | None:
        """None when the request may go on, else where it has to go first; raises the `DmsError` that refuses it.

        Sets `request.state.actor`. Runs before a byte of the body is read.
        """
        raise NotImplementedError


class _Opened(Enum):
    """Marks the parameter of an endpoint that takes the request's session."""

    READ = "read"
    WRITE = "write"


ReadSession = Annotated[Session, _Opened.READ]
"""Rows of the request's actor, read only."""
WriteSession = Annotated[Session, _Opened.WRITE]
"""One write transaction, committed before the response is made."""


def _with_session(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint with its session opened and closed around it, in the one thread that runs it.

    Not a `yield` dependency: that enters, runs and leaves in up to three threads of the pool, and SQLite's writer queue
    is a lock of one thread. Six concurrent writes then left it locked for good (measured 2026-11), and forty waiting
    ones would keep every thread from the one that could let go.
    """
    signature = inspect.signature(endpoint)
    kinds = {name: kind for name, each in signature.parameters.items() if (kind := _opened(each.annotation))}
    if not kinds:
        return endpoint
    ((name, kind),) = kinds.items()

    asked = next((each for each in signature.parameters if signature.parameters[each].annotation is Request), None)
    request_name = asked or "session_request"

    @wraps(endpoint)
    def call(**values: Any) -> Any:
        request: Request = values[request_name] if asked else values.pop(request_name)
        database = platform_of(request).db
        opened = database.write if kind is _Opened.WRITE else database.read
        with opened(actor_of(request)) as session:
            return endpoint(**values, **{name: session})

    others = [each for each in signature.parameters.values() if each.name != name]
    added = [] if asked else [inspect.Parameter(request_name, inspect.Parameter.KEYWORD_ONLY, annotation=Request)]
    call.__signature__ = signature.replace(parameters=[*others, *added])  # type: ignore[attr-defined]  # FastAPI reads it
    return call


def _opened(annotation: Any) -> _Opened | None:
    marks = getattr(annotation, "__metadata__", ())
    return next((mark for mark in marks if isinstance(mark, _Opened)), None)


THREADS = 40
"""Of the server, for endpoints; the database pool has a connection for each (`dms.db.Database`)."""


def begin(request: Request) -> None:
    """Give the request its id for log, audit trail and error message, and the server its threads."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    request.state.request_id = uuid7().hex[-12:]


def platform_of(request: Request) -> Platform:
    """The installation that this application serves."""
    platform: Platform = request.app.state.platform
    return platform


def actor_of(request: Request) -> Actor:
    """Who acts in a request that passed its guard."""
    actor: Actor = request.state.actor
    return actor


ThePlatform = Annotated[Platform, Depends(platform_of)]
TheActor = Annotated[Actor, Depends(actor_of)]
