"""Scans of a station are looked at by a person, every n-th and every badly readable one

Revision: 2026_11_28_1910, after 2026_11_28_1900.
"""

import sqlalchemy as sa
from alembic import op

import dms.db

revision = "2026_11_28_1910"
down_revision = "2026_11_28_1900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("station", sa.Column("check_every", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("station", sa.Column("is_substitutive", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("document", sa.Column("awaits_check", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "scan_count",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_scan_count_station_id_station")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_scan_count")),
    )
    op.create_table(
        "scan_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("asked_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=True),
        sa.Column("decided_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("result in ('open', 'passed', 'rescan', 'defect')", name=op.f("ck_scan_check_result")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_scan_check_document_id_document")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_scan_check_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_check")),
        sa.UniqueConstraint("document_id", name=op.f("uq_scan_check_document_id")),
    )
    op.create_index(op.f("ix_scan_check_result"), "scan_check", ["result"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
