"""A part of a seller's name is looked for in an index; inboxes are counted by unit and by person

Revision: 2026_11_28_2100, after 2026_11_28_2000.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_2100"
down_revision = "2026_11_28_2000"
branch_labels = None
depends_on = None

UNFILED = "state in ('processing', 'inbox', 'quarantined', 'discarded')"
UNPAID = sa.text("state in ('received', 'capture', 'review', 'ordering', 'ordered')")
INVOICE = sa.table("payable_invoice", *(sa.column(name) for name in ("id", "seller_name", "invoice_number", "sought")))
CHUNK = 5000


def upgrade() -> None:
    for column, rows in (("unit_id", UNFILED), ("assignee_id", f"{UNFILED} and assignee_id is not null")):
        op.create_index(
            f"ix_document_unfiled_{column.removesuffix('_id')}", "document",
            [column, "received_at", "id", "acl_node_id", "state", "attached_to_id"],
            sqlite_where=sa.text(rows), postgresql_where=sa.text(rows),
        )  # fmt: skip
    op.add_column("payable_invoice", sa.Column("sought", sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    for name in ("unpaid", "urgency", "overview"):
        op.drop_index(f"ix_payable_invoice_{name}", "payable_invoice")
    op.create_index(
        "ix_payable_invoice_unpaid", "payable_invoice",
        ["due_on", "received_at", "id", "acl_node_id", "unit_id", "state", "gross_cents", "payable_cents", "sought"],
        sqlite_where=UNPAID, postgresql_where=UNPAID,
    )  # fmt: skip
    columns = ["due_on", "received_at", "id", "acl_node_id", "unit_id", "state", "sought"]
    op.create_index("ix_payable_invoice_urgency", "payable_invoice", columns)
    columns = ["state", "acl_node_id", "unit_id", "due_on", "received_at", "id", "gross_cents", "sought"]
    op.create_index("ix_payable_invoice_overview", "payable_invoice", columns)


def _filled(row: Any, seller_name: str | None, invoice_number: str | None) -> dict[str, Any]:
    return {"row": row, "text": f"{seller_name or ''}\n{invoice_number or ''}".casefold()}


def _fill(connection: sa.Connection) -> None:
    """Both texts, a line each, without their case: only Python knows that of every letter."""
    change = sa.update(INVOICE).where(INVOICE.c.id == sa.bindparam("row")).values(sought=sa.bindparam("text"))
    columns = (INVOICE.c.id, INVOICE.c.seller_name, INVOICE.c.invoice_number)
    rows = connection.execute(sa.select(*columns)).all()
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        connection.execute(change, [_filled(*row) for row in chunk])


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
