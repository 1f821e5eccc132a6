"""What HTTP and the declared shape of a request refuse, as errors with a code like all others."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from dms.errors import DmsError, Invalid

_BY_STATUS = {400: "request.unreadable", 404: "address.unknown", 405: "request.method", 413: "request.too_large"}
_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_KINDS = (
    ("missing", "input.missing"), ("union_tag_not_found", "input.missing"), ("json_invalid", "input.json"),
    ("extra_forbidden", "input.unknown"), ("string_too_long", "input.too_long"), ("too_long", "input.too_long"),
    ("string_too_short", "input.too_short"), ("too_short", "input.too_short"), ("uuid", "input.id"),
    ("date", "input.iso_date"), ("enum", "input.choice"), ("literal", "input.choice"), ("union_tag", "input.choice"),
    ("int", "input.number"), ("greater", "input.number"), ("less", "input.number"),
)  # fmt: skip
"""Beginning of Pydantic's name of a fault → code; the first that fits counts."""


class HttpRefusal(DmsError):
    """Refused before any page or act was asked: unknown address, wrong method, a body too long or not readable."""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(_BY_STATUS.get(error.status_code, "request.unreadable"))
        self.status = error.status_code
        self.headers: Mapping[str, str] = error.headers or {}


def invalid(error: RequestValidationError) -> Invalid:
    """The fields whose values do not have the declared shape, each with the code of what is wrong with it."""
    return Invalid({_field(each["loc"]): _code(each) for each in error.errors()})


def _field(place: tuple[str | int, ...]) -> str:
    """``payload.lines.0.amount``; the first part says only where in the request the field stands."""
    return ".".join(str(part) for part in place[1:]) or str(place[0])


def _code(found: Mapping[str, Any]) -> str:
    """A validator of ours names its code itself; everything else goes by Pydantic's name of the fault."""
    cause = str(found.get("ctx", {}).get("error", ""))
    if _CODE.fullmatch(cause):
        return cause
    return next((code for begin, code in _KINDS if found["type"].startswith(begin)), "input.value")
