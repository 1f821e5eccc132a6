"""People and where they belong: made, changed, retired; and the actor that a login becomes."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dms.actor import Role
from dms.audit import service as audit
from dms.clock import Clock
from dms.errors import Conflict, Invalid, NotFound
from dms.identity.models import LegalEntity, OrgUnit, PaymentAuthority, User, UserRole, WebSession
from dms.identity.passwords import MIN_LENGTH, hash_password, verify_password
from dms.ids import uuid7

CENTRAL_INBOX = "posteingang"
MAX_LOGIN_LENGTH = 80


def user_by_login(session: Session, login: str) -> User | None:
    """The account with this login, in any spelling of its case; retired ones included."""
    return session.scalars(select(User).where(func.lower(User.login) == login.strip().lower())).first()


def roles_of(session: Session, user_id: UUID) -> frozenset[Role]:
    return frozenset(Role(role) for role in session.scalars(select(UserRole.role).where(UserRole.user_id == user_id)))


def limits_of(session: Session, user_id: UUID, today: date) -> dict[UUID, int]:
    """Payment authority of a person today: legal entity → limit in cents."""
    rows = session.scalars(
        select(PaymentAuthority).where(
            PaymentAuthority.user_id == user_id,
            PaymentAuthority.valid_from <= today,
            or_(PaymentAuthority.valid_to.is_(None), PaymentAuthority.valid_to >= today),
        )
    )
    limits: dict[UUID, int] = {}
    for row in rows:
        limits[row.legal_entity_id] = max(row.limit_cents, limits.get(row.legal_entity_id, 0))
    return limits


def central_unit(session: Session) -> OrgUnit:
    """The unit where documents without a station arrive."""
    return session.scalars(select(OrgUnit).where(OrgUnit.is_central)).one()


def unit_by_key(session: Session, key: str) -> OrgUnit:
    unit = session.scalars(select(OrgUnit).where(OrgUnit.key == key)).first()
    if unit is None:
        raise NotFound("unit.unknown", key=key)
    return unit


def entity_by_key(session: Session, key: str) -> LegalEntity:
    entity = session.scalars(select(LegalEntity).where(LegalEntity.key == key)).first()
    if entity is None:
        raise NotFound("legal_entity.unknown", key=key)
    return entity


def add_entity(session: Session, *, key: str, name: str, buyer_reference: str | None) -> LegalEntity:
    """A further legal entity (Mandant); raises `Conflict("legal_entity.taken")` for a key that is in use."""
    if session.scalars(select(LegalEntity.id).where(LegalEntity.key == key)).first() is not None:
        raise Conflict("legal_entity.taken", key=key)
    row = LegalEntity(id=uuid7(), key=key, name=name, buyer_reference=buyer_reference)
    audit.record(session, "legal_entity.created", row)
    session.add(row)
    session.flush()
    return row


def add_unit(session: Session, *, key: str, name: str) -> OrgUnit:
    """A further org unit, without its ACL nodes; raises `Conflict("unit.taken")` for a key that is in use."""
    if session.scalars(select(OrgUnit.id).where(OrgUnit.key == key)).first() is not None:
        raise Conflict("unit.taken", key=key)
    row = OrgUnit(id=uuid7(), key=key, name=name, is_central=False)
    audit.record(session, "unit.created", row)
    session.add(row)
    session.flush()
    return row


def change(session: Session, row: LegalEntity | OrgUnit | User, **values: str | bool | UUID | None) -> bool:
    """Set these columns; True when that changed anything."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return False
    audit.record(session, f"{row.__tablename__}.changed", row, fields=",".join(sorted(changed)))
    for name, value in changed.items():
        setattr(row, name, value)
    return True


def add_user(
    session: Session,
    *,
    login: str,
    name: str,
    password: str,
    unit_id: UUID,
    roles: Iterable[Role],
    email: str | None = None,
    must_change_password: bool = False,
) -> User:
    """Create an account; raises `Conflict("user.login_taken")` or `Invalid` for a login or password out of bounds."""
    check_new_password(password)
    if not 1 <= len(login.strip()) <= MAX_LOGIN_LENGTH:
        raise Invalid({"login": "user.login_length"})
    if user_by_login(session, login) is not None:
        raise Conflict("user.login_taken", login=login)
    user = User(
        id=uuid7(),
        login=login.strip(),
        name=name,
        email=email,
        unit_id=unit_id,
        password_hash=hash_password(password),
        must_change_password=must_change_password,
    )
    audit.record(session, "user.created", user, roles=",".join(sorted(roles)))
    session.add(user)
    session.flush()
    session.add_all([UserRole(user_id=user.id, role=role.value) for role in sorted(set(roles))])
    return user


def check_roles(roles: Iterable[Role]) -> None:
    """Refuse what must not lie in one hand: treasury and orders (§ 126 (4) NKomVG), administration and signing."""
    held = set(roles)
    if Role.TREASURY in held and Role.ORDERER in held:
        raise Invalid({"roles": "user.treasury_orders"}, "user.treasury_orders")
    if Role.ADMIN in held and held & {Role.CERTIFIER, Role.ORDERER}:
        raise Invalid({"roles": "user.admin_signs"}, "user.admin_signs")


def set_limit(session: Session, user: User, entity: LegalEntity, limit_cents: int | None, today: date) -> bool:
    """Payment authority of a person for an entity from today on (None ends it); True when that changed anything.

    What was valid before keeps its row with its last day, so that it can be told later who might order what when.
    """
    if limits_of(session, user.id, today).get(entity.id) == limit_cents:
        return False
    query = select(PaymentAuthority).where(
        PaymentAuthority.user_id == user.id,
        PaymentAuthority.legal_entity_id == entity.id,
        or_(PaymentAuthority.valid_to.is_(None), PaymentAuthority.valid_to >= today),
    )
    for old in session.scalars(query).all():
        audit.record(session, "authority.ended", old)
        if old.valid_from >= today:
            session.delete(old)
        else:
            old.valid_to = today - timedelta(days=1)
    if limit_cents is not None:
        row = PaymentAuthority(
            id=uuid7(), user_id=user.id, legal_entity_id=entity.id, limit_cents=limit_cents, valid_from=today
        )
        audit.record(session, "authority.given", row, limit_cents=limit_cents)
        session.add(row)
    session.flush()
    return True


def set_roles(session: Session, user: User, roles: Iterable[Role]) -> bool:
    """Give the person exactly these roles; True when that changed anything."""
    wanted = {role.value for role in roles}
    rows = {row.role: row for row in session.scalars(select(UserRole).where(UserRole.user_id == user.id))}
    if wanted == set(rows):
        return False
    audit.record(session, "user.roles", user, roles=",".join(sorted(wanted)))
    for role in set(rows) - wanted:
        session.delete(rows[role])
    session.add_all([UserRole(user_id=user.id, role=role) for role in sorted(wanted - set(rows))])
    return True


def set_password(session: Session, user: User, password: str, *, by_owner: bool) -> None:
    """Set a new password; when somebody else did, its owner must choose an own one at the next login. Ends sessions."""
    check_new_password(password)
    audit.record(session, "user.password", user)
    user.password_hash = hash_password(password)
    user.must_change_password = not by_owner
    end_sessions(session, user.id)


def change_own_password(session: Session, user: User, *, current: str, new: str) -> None:
    """The owner changes the password, knowing the current one."""
    if not verify_password(user.password_hash, current):
        raise Invalid({"current": "password.wrong"})
    set_password(session, user, new, by_owner=True)


def check_new_password(password: str) -> None:
    if len(password) < MIN_LENGTH:
        raise Invalid({"password": "password.too_short"})


def retire(session: Session, user: User, clock: Clock) -> None:
    """End an account for good: no login, no session; the name stays in every record."""
    if user.retired_at is not None:
        return
    audit.record(session, "user.retired", user)
    user.retired_at = clock.now()
    end_sessions(session, user.id)


def end_sessions(session: Session, user_id: UUID) -> None:
    """Log the person out everywhere, at once."""
    for row in session.scalars(select(WebSession).where(WebSession.user_id == user_id)):
        session.delete(row)


def user_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0
