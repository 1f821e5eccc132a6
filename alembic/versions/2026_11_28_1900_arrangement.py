"""The pages of a document may be arranged; another document may show them

Revision: 2026_11_28_1900, after 2026_11_24_1800.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_1900"
down_revision = "2026_11_24_1800"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # without a foreign key: SQLite would make the table anew for it, and the triggers that guard it would be gone
    op.add_column("document", sa.Column("arrangement", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("document", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_document_merged_into_id"), "document", ["merged_into_id"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
