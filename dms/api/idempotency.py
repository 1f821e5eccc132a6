"""A request that is sent twice acts once: its answer is kept in the transaction of the act, by caller and key."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Header, Response
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dms.actor import Actor, system
from dms.api.problem import KEY
from dms.clock import Clock
from dms.db import Database
from dms.errors import Conflict
from dms.identity.models import IdempotencyKey
from dms.ids import uuid7

KEPT = timedelta(days=30)
"""So long a request may be sent again; documented with the key."""
_KEY = Header(
    alias=KEY,
    pattern="^[!-~]{1,100}$",
    description="Chosen by the caller, one a request. Sent again with the same body it gives the same answer, nothing "
    "is done twice; with another body it is refused (409). The answer is kept for 30 days.",
)
KeyHeader = Annotated[str, _KEY]
OptionalKeyHeader = Annotated[str | None, _KEY]


def caller(actor: Actor) -> str:
    """Whose idempotency keys these are: a station's or a person's, whichever token they use."""
    return f"station:{actor.station_id}" if actor.station_id else f"user:{actor.user_id}"


@dataclass(frozen=True)
class Call:
    """One request of a caller; `request_sha256` is over all that it asks for."""

    caller: str
    key: str
    request_sha256: str


def answer_of(session: Session, call: Call) -> Response | None:
    """The answer that this call got before; raises `Conflict` when its key belongs to another request.

    Ask under the lock of the row that the call acts on: of two at once, the second then finds the first one's answer.
    """
    query = select(IdempotencyKey).where(IdempotencyKey.caller == call.caller, IdempotencyKey.key == call.key)
    row = session.scalars(query).first()
    if row is None:
        return None
    if row.request_sha256 != call.request_sha256:
        raise Conflict("idempotency.other")
    return _response(row)


def keep(session: Session, call: Call, answer: str, clock: Clock) -> Response:
    """Keep the answer (JSON) with the act itself: both are committed, or neither."""
    row = IdempotencyKey(
        id=uuid7(),
        caller=call.caller,
        key=call.key,
        request_sha256=call.request_sha256,
        status=200,
        answer=answer,
        created_at=clock.now(),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as exc:  # the same key at the same moment, for an act on another row
        raise Conflict("idempotency.other") from exc
    return _response(row)


def forget_old(database: Database, clock: Clock) -> int:
    """Remove the answers that nobody asks for any more; how many."""
    with database.write(system("api")) as session:
        old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT)
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]  # a DELETE answers with a cursor result


def _response(row: IdempotencyKey) -> Response:
    return Response(row.answer, row.status, media_type="application/json")
