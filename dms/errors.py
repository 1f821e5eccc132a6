"""The errors of the application: stable codes and parameters, never sentences.

Each class says how an edge answers (`status`) and how a job goes on (docs/architecture.md, "Errors"). German wording
stands in `dms/wording.py`, by `code`.
"""

from collections.abc import Mapping

Param = str | int | None


class DmsError(Exception):
    """Something the application refuses or cannot do; `code` is stable, e.g. ``approval.same_person``."""

    status = 500

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, Param] = params


class NotFound(DmsError):
    """The thing does not exist or is not visible to the actor: both look the same from outside."""

    status = 404


class Forbidden(DmsError):
    """The thing is visible, but the actor's roles do not grant the action."""

    status = 403


class Throttled(Forbidden):
    """Too many failures; the parameter `seconds` says how long to wait."""

    status = 429


class Unauthenticated(DmsError):
    """Nobody known asks: no token, or one that is not valid (any more)."""

    status = 401


class Invalid(DmsError):
    """Input that cannot be used; `fields` maps a field name to the code of what is wrong with it."""

    status = 422

    def __init__(self, fields: Mapping[str, str], code: str = "input.invalid", **params: Param) -> None:
        super().__init__(code, **params)
        self.fields = dict(fields)


class Conflict(DmsError):
    """Somebody else was faster: stale version, duplicate number."""

    status = 409


class RuleViolation(DmsError):
    """A rule of the town or the law forbids the act: four eyes, closed file, limit."""

    status = 409


class Rejected(DmsError):
    """Content that cannot be taken on as it is: encrypted PDF, bomb, program."""

    status = 422


class Unavailable(DmsError):
    """A neighbour (store, index, broker, jail) is down for now; trying again later can help."""

    status = 503
