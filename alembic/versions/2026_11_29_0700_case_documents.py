"""The documents of a case are counted and ordered in an index

Revision: 2026_11_29_0700, after 2026_11_28_2100.
"""

from alembic import op

revision = "2026_11_29_0700"
down_revision = "2026_11_28_2100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_document_case", "document", ["case_id", "received_at", "id", "acl_node_id"])
    op.drop_index(op.f("ix_document_case_id"), "document")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
