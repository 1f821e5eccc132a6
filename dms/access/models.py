"""Tables of rights: ACL nodes and who is granted which."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Base


class AclNode(Base):
    """A place at which rights are set.

    Every org unit has two: `kind="unit"` (id = the unit's id: its letters, files and cases) and `kind="payables"` (its
    invoices, seen by the finance roles too). A closed file (personnel) has one of its own, `kind="closed"`.
    """

    __tablename__ = "acl_node"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("org_unit.id"), index=True)


class Grant(Base):
    """Who may see a node: `principal` is ``unit:<id>``, ``user:<id>`` or ``role:<name>``."""

    __tablename__ = "acl_grant"

    node_id: Mapped[UUID] = mapped_column(ForeignKey("acl_node.id"), primary_key=True)
    principal: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
