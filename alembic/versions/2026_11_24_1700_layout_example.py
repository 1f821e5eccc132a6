"""Where senders print their values, learnt from corrections

Revision: 2026_11_24_1700, after 2026_11_24_1500.
"""

import sqlalchemy as sa
from alembic import op

import dms.db

revision = "2026_11_24_1700"
down_revision = "2026_11_24_1500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "layout_example",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("seller_key", sa.String(length=220), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_layout_example_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layout_example")),
        sa.UniqueConstraint("document_id", "field", name=op.f("uq_layout_example_document_id_field")),
    )
    op.create_index(op.f("ix_layout_example_seller_key"), "layout_example", ["seller_key"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
