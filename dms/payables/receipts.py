"""Receipts of the treasury: `receipt.json` in a handed-over folder closes the hand-over; a missing one is an alarm.

The treasury writes the file itself, so it is read only when it is whole: a regular file of modest size with JSON in it.
"""

import json
import logging
from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from dms.actor import system
from dms.audit import service as audit
from dms.errors import Unavailable
from dms.payables import service
from dms.payables.models import HandOver, PaymentOrder
from dms.platform import Platform
from storage import StoreUnavailable

log = logging.getLogger("dms.receipts")

RECEIPT = "receipt.json"
MAX_BYTES = 1024 * 1024
SYSTEM = system("watch")


def collect_receipts(platform: Platform) -> int:
    """Note every receipt that arrived since the last call; how many there were. Its bytes are kept in the store."""
    with platform.db.read(SYSTEM) as session:
        waiting = session.scalars(select(HandOver).where(HandOver.receipt_at.is_(None))).all()
    return sum(_collect(platform, row) for row in waiting)


def _collect(platform: Platform, row: HandOver) -> bool:
    data = _whole(platform.settings.handover_path / row.folder / RECEIPT)
    if data is None:
        return False
    try:
        blob = platform.store.put(BytesIO(data), limit_bytes=MAX_BYTES)
    except StoreUnavailable as exc:
        raise Unavailable("storage") from exc
    with platform.db.write(SYSTEM) as session:
        known = session.get(HandOver, row.id)
        order = session.get(PaymentOrder, row.payment_order_id)
        if known is None or order is None or known.receipt_at is not None:
            return False
        payable = service.payable(session, order.payable_id, lock=True)
        audit.record(session, "payment_order.receipt", payable, content_sha256=blob.sha256, order=order.order_number)
        known.receipt_at = platform.clock.now()
    return True


def _whole(path: Path) -> bytes | None:
    """The receipt once it is complete; None while it is missing, still being written, or no receipt at all."""
    try:
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MAX_BYTES:
            return None
        data = path.read_bytes()
        json.loads(data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        log.warning("receipt cannot be read yet", extra={"folder": path.parent.name})
        return None
    return data
