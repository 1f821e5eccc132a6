"""Indexes that hold all that the lists ask

Revision: 2026_11_28_2000, after 2026_11_28_1910.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_2000"
down_revision = "2026_11_28_1910"
branch_labels = None
depends_on = None

UNFILED = sa.text("state in ('processing', 'inbox', 'quarantined', 'discarded')")
UNPAID = sa.text("state in ('received', 'capture', 'review', 'ordering', 'ordered')")


def upgrade() -> None:
    op.drop_index(op.f("ix_document_state"), "document")
    op.create_index(
        "ix_document_unfiled", "document",
        ["received_at", "id", "acl_node_id", "unit_id", "state", "attached_to_id", "assignee_id"],
        sqlite_where=UNFILED, postgresql_where=UNFILED,
    )  # fmt: skip
    op.drop_index(op.f("ix_payable_invoice_state"), "payable_invoice")
    op.drop_index(op.f("ix_payable_invoice_due_on"), "payable_invoice")
    op.create_index(
        "ix_payable_invoice_unpaid", "payable_invoice",
        ["due_on", "received_at", "id", "acl_node_id", "unit_id", "state", "gross_cents", "payable_cents"],
        sqlite_where=UNPAID, postgresql_where=UNPAID,
    )  # fmt: skip
    columns = ["due_on", "received_at", "id", "acl_node_id", "unit_id", "state"]
    op.create_index("ix_payable_invoice_urgency", "payable_invoice", columns)
    columns = ["state", "acl_node_id", "unit_id", "due_on", "gross_cents"]
    op.create_index("ix_payable_invoice_overview", "payable_invoice", columns)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
