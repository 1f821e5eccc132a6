"""A document may be some pages of another one's original; an input may name the case into which it goes

Revision: 2026_11_24_1800, after 2026_11_24_1710.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_1800"
down_revision = "2026_11_24_1710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # without a foreign key: SQLite would make the table anew for it, and the triggers that guard it would be gone
    op.add_column("document", sa.Column("part_of_id", sa.Uuid(), nullable=True))
    op.add_column("document", sa.Column("part_pages", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_document_part_of_id"), "document", ["part_of_id"])
    op.add_column("intake", sa.Column("case_reference", sa.String(length=90), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
