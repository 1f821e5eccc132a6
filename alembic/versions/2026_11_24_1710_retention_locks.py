"""Until when the store has promised to keep an original

Revision: 2026_11_24_1710, after 2026_11_24_1700.
"""

import sqlalchemy as sa
from alembic import op

import dms.db

revision = "2026_11_24_1710"
down_revision = "2026_11_24_1700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_lock",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("until", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_retention_lock")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
