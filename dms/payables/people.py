"""Who may certify and order at all, and whether an invoice has somebody for each step left."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dms.actor import Role
from dms.identity.models import PaymentAuthority, User, UserRole
from dms.payables.content import authority_cents
from dms.payables.models import PayableInvoice


@dataclass(frozen=True)
class Signatory:
    """An active person who is not treasury staff (I4); `limits` is legal entity → largest gross in cents, if any."""

    user_id: UUID
    name: str
    limits: Mapping[UUID, int]

    def covers(self, row: PayableInvoice) -> bool:
        """I5: the authority of today reaches this invoice."""
        limit = self.limits.get(row.legal_entity_id) if row.legal_entity_id else None
        return limit is not None and row.gross_cents is not None and authority_cents(row) <= limit


@dataclass(frozen=True)
class Signatories:
    """Everybody who signs, by name."""

    certifiers: tuple[Signatory, ...]
    orderers: tuple[Signatory, ...]

    def who_may_order(self, row: PayableInvoice, ever_certified: Iterable[UUID]) -> tuple[Signatory, ...]:
        """Those who may order this payment: enough authority, and never certified it (I3)."""
        barred = set(ever_certified)
        return tuple(one for one in self.orderers if one.user_id not in barred and one.covers(row))

    def has_orderer(self, row: PayableInvoice) -> bool:
        """Somebody may order it after somebody else certified it: one person for both steps is not enough."""
        certifiers = {one.user_id for one in self.certifiers}
        return any(certifiers - {one.user_id} for one in self.who_may_order(row, ()))


def signatories(session: Session, today: date) -> Signatories:
    """Everybody who may sign on that day."""
    limits = _limits(session, today)
    treasury = select(UserRole.user_id).where(UserRole.role == Role.TREASURY.value)
    query = (
        select(UserRole.role, User.id, User.name)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role.in_((Role.CERTIFIER.value, Role.ORDERER.value)))
        .where(User.retired_at.is_(None), User.id.not_in(treasury))
        .order_by(User.name, User.id)
    )
    found: dict[str, list[Signatory]] = defaultdict(list)
    for role, user_id, name in session.execute(query):
        found[role].append(Signatory(user_id, name, limits.get(user_id, {})))
    return Signatories(tuple(found[Role.CERTIFIER.value]), tuple(found[Role.ORDERER.value]))


def _limits(session: Session, today: date) -> dict[UUID, dict[UUID, int]]:
    rows = session.scalars(
        select(PaymentAuthority).where(
            PaymentAuthority.valid_from <= today,
            or_(PaymentAuthority.valid_to.is_(None), PaymentAuthority.valid_to >= today),
        )
    )
    limits: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for row in rows:
        of_person = limits[row.user_id]
        of_person[row.legal_entity_id] = max(row.limit_cents, of_person.get(row.legal_entity_id, 0))
    return limits
