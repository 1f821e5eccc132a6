"""A small town with one invoice in capture: what tests of the approval start from."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from dms.actor import Actor, Role
from dms.identity import service as identity
from dms.payables import evidence, service
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records import service as records
from tests.databases import DATABASE
from tests.factories import TEST, add_person, as_actor, bring, opened

GROSS = 11_900
FIELDS: dict[str, Any] = {
    "seller_name": "Bauhof Nord GmbH",
    "invoice_number": "R-0042",
    "issued_on": date(2026, 11, 20),
    "due_on": date(2026, 12, 20),
    "gross_cents": GROSS,
    "payable_cents": GROSS,
    "payee_name": "Bauhof Nord GmbH",
    "iban": "DE02120300000000202051",
}
LINE = {"budget_year": 2026, "product_account": "11.1.01.4431000", "amount_cents": GROSS}


@dataclass
class Town:
    """An installation without workers, its people by login, and the invoice."""

    platform: Platform
    people: dict[str, Actor]
    payable_id: UUID

    def act(self, login: str, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One act of a person on the locked invoice, in one transaction."""
        with self.platform.db.write(self.people[login]) as session:
            row = service.payable(session, self.payable_id, lock=True)
            return act(session, row, *args, clock=self.platform.clock, **kwargs)

    def seen(self) -> str:
        """The hash of the content that a page would show now."""
        with self.platform.db.read(TEST) as session:
            return evidence.current_content(session, self.row()).all_sha256

    def row(self) -> PayableInvoice:
        with self.platform.db.read(TEST) as session:
            return service.payable(session, self.payable_id)

    def edit(self, **values: Any) -> None:
        self.act("desk", service.edit, values, seen=None)

    def code(self, amount_cents: int = GROSS) -> None:
        self.act("desk", service.set_coding, [{**LINE, "amount_cents": amount_cents}], seen=None)

    def release(self) -> None:
        self.act("desk", service.release, seen=self.seen())

    def certify(self, login: str, *kinds: str) -> None:
        for kind in kinds or ("substance", "arithmetic"):
            self.act(login, service.certify, kind, seen=self.seen())

    def order(self, login: str) -> Any:
        return self.act(login, service.order_payment, seen=self.seen())


PEOPLE: dict[str, tuple[tuple[Role, ...], int | None]] = {
    "desk": ((Role.INVOICE_DESK,), None),
    "anna": ((Role.CERTIFIER,), None),
    "ben": ((Role.CERTIFIER, Role.ORDERER), 10**9),
    "cem": ((Role.ORDERER,), 10_000),
    "dora": ((Role.ORDERER,), 10**12),
    "till": ((Role.TREASURY, Role.CERTIFIER, Role.ORDERER), 10**9),
}
"""Roles, and the limit up to which somebody orders, by login."""


@contextmanager
def town(data: Path, **settings: object) -> Iterator[Town]:
    """A town whose people may certify (anna, ben), order (ben, cem up to 100 EUR, dora), and work in the treasury."""
    if not {"database_url", "clock"} & settings.keys():
        data.mkdir(parents=True, exist_ok=True)
        (data / DATABASE).write_bytes(_peopled())
    with opened(data, workers=False, **settings) as platform:
        _move_in(platform)
        found = Town(
            platform, {login: as_actor(platform, login) for login in PEOPLE}, open_invoice(platform, b"Rechnung")
        )
        found.edit(**FIELDS)
        yield found


@cache
def _peopled() -> bytes:
    """A database in which everybody lives already: their passwords take half a second."""
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder), workers=False) as platform:
            _move_in(platform)
        return (Path(folder) / DATABASE).read_bytes()


def _move_in(platform: Platform) -> None:
    with platform.db.read(TEST) as session:
        missing = [login for login in PEOPLE if identity.user_by_login(session, login) is None]
    for login in missing:
        roles, limit_cents = PEOPLE[login]
        add_person(platform, login, *roles, limit_cents=limit_cents)


def open_invoice(platform: Platform, data: bytes) -> UUID:
    """A document with these bytes, taken for an invoice."""
    document_id = bring(platform, "rechnung.txt", data).document_id
    with platform.db.write(TEST) as session:
        document = records.document(session, document_id)
        return service.open_for_document(session, document, {}, None, platform.clock).id
