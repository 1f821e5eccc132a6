"""ACL nodes and grants: made with the org units, asked once per request."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.access.models import AclNode, Grant
from dms.actor import Actor, Role
from dms.identity.models import OrgUnit, User
from dms.ids import uuid7

FINANCE = (Role.INVOICE_DESK, Role.ORDERER, Role.TREASURY)
"""Roles that see the invoices of every unit."""


def create_unit_nodes(session: Session, unit_id: UUID) -> None:
    """The two nodes of a new org unit: its letters (people of the unit), its invoices (finance roles too)."""
    unit = f"unit:{unit_id}"
    payables = AclNode(id=uuid7(), kind="payables", unit_id=unit_id)
    session.add_all([AclNode(id=unit_id, kind="unit", unit_id=unit_id), payables])
    session.flush()
    session.add_all([Grant(node_id=unit_id, principal=unit), Grant(node_id=payables.id, principal=unit)])
    session.add_all([Grant(node_id=payables.id, principal=f"role:{role}") for role in FINANCE])


def create_closed_node(session: Session, principals: Iterable[str]) -> UUID:
    """A node of its own for a closed-off file (personnel): only the named principals see what lies under it."""
    node = AclNode(id=uuid7(), kind="closed", unit_id=None)
    session.add(node)
    session.flush()
    session.add_all([Grant(node_id=node.id, principal=principal) for principal in sorted(set(principals))])
    return node.id


def payables_node(session: Session, unit_id: UUID) -> UUID:
    """The node under which the invoices of a unit lie."""
    return session.scalars(select(AclNode.id).where(AclNode.unit_id == unit_id, AclNode.kind == "payables")).one()


def everywhere(actor: Actor) -> Actor:
    """The same person with every row in sight, for an act whose service asks itself whether it is theirs."""
    return replace(actor, nodes=None)


def readers(session: Session, node_id: UUID) -> list[tuple[str, str]]:
    """Who sees what lies at a node, besides the auditors: (``unit``, name), (``role``, code), (``user``, name)."""
    found: dict[str, list[str]] = {"unit": [], "role": [], "user": []}
    for principal in session.scalars(select(Grant.principal).where(Grant.node_id == node_id)):
        kind, _, value = principal.partition(":")
        found[kind].append(value)
    units = session.scalars(select(OrgUnit.name).where(OrgUnit.id.in_(map(UUID, found["unit"]))).order_by(OrgUnit.name))
    people = session.scalars(select(User.name).where(User.id.in_(map(UUID, found["user"]))).order_by(User.name))
    roles = sorted(found["role"])
    return [
        *(("unit", name) for name in units),
        *(("role", code) for code in roles),
        *(("user", name) for name in people),
    ]


def visible_nodes(session: Session, *, user_id: UUID, unit_id: UUID, roles: frozenset[Role]) -> frozenset[UUID] | None:
    """The nodes a person may see; None means all (the auditor)."""
    if Role.AUDITOR in roles:
        return None
    principals = [f"user:{user_id}", *(f"role:{role}" for role in roles)]
    if roles - {Role.ADMIN}:
        principals.append(f"unit:{unit_id}")
    return frozenset(session.scalars(select(Grant.node_id).where(Grant.principal.in_(principals))))
