"""Notes beside an invoice take the place of the one closing reason; a void payable makes room for a new one

Revision: 2026_11_24_1300, after 2026_11_24_0200.
"""

import uuid

import sqlalchemy as sa
from alembic import op

import dms.db

revision = "2026_11_24_1300"
down_revision = "2026_11_24_0200"
branch_labels = None
depends_on = None

TRIGGERS_SQLITE = (
    "CREATE TRIGGER payable_note_no_update BEFORE UPDATE ON payable_note BEGIN SELECT RAISE(ABORT, 'payable_note is append-only'); END",
    "CREATE TRIGGER payable_note_no_delete BEFORE DELETE ON payable_note BEGIN SELECT RAISE(ABORT, 'payable_note is append-only'); END",
)
TRIGGERS_POSTGRESQL = (
    "CREATE TRIGGER payable_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payable_note FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
STATES = (
    "state in ('received', 'capture', 'review', 'ordering', 'ordered', 'transferred', 'settled', 'rejected', 'void')"
)


def upgrade() -> None:
    op.create_table(
        "payable_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('comment', 'returned', 'rejected', 'voided', 'duplicate')", name=op.f("ck_payable_note_kind")
        ),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable_invoice.id"], name=op.f("fk_payable_note_payable_id_payable_invoice")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_payable_note_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable_note")),
    )
    op.create_index(op.f("ix_payable_note_payable_id"), "payable_note", ["payable_id"])
    _keep_closing_reasons()
    checks = (sa.CheckConstraint(STATES, name=op.f("ck_payable_invoice_state")),)
    with op.batch_alter_table("payable_invoice", table_args=checks) as batch:
        batch.drop_constraint(op.f("uq_payable_invoice_document_id"), type_="unique")
        batch.drop_column("closing_reason")
        batch.create_index(op.f("ix_payable_invoice_document_id"), ["document_id"])
    not_void = sa.text("state <> 'void'")
    op.create_index(
        "uq_payable_invoice_document",
        "payable_invoice",
        ["document_id"],
        unique=True,
        sqlite_where=not_void,
        postgresql_where=not_void,
    )
    for statement in TRIGGERS_SQLITE if op.get_bind().dialect.name == "sqlite" else TRIGGERS_POSTGRESQL:
        op.execute(sa.text(statement))


def _keep_closing_reasons() -> None:
    """Who gave a reason stands in the audit trail; the note names the system because the column did not say."""
    payable = sa.table(
        "payable_invoice", sa.column("id", sa.Uuid()), sa.column("state"), sa.column("closing_reason"),
        sa.column("received_at", dms.db.UtcDateTime()),
    )  # fmt: skip
    note = sa.table(
        "payable_note", sa.column("id", sa.Uuid()), sa.column("payable_id", sa.Uuid()), sa.column("kind"),
        sa.column("text"), sa.column("user_name"), sa.column("at", dms.db.UtcDateTime()),
    )  # fmt: skip
    kinds = {"rejected": "rejected", "void": "voided"}
    bind = op.get_bind()
    for row in bind.execute(sa.select(payable).where(payable.c.closing_reason.is_not(None))).all():
        kind = kinds.get(row.state, "returned")
        values = {"id": uuid.uuid4(), "payable_id": row.id, "kind": kind, "text": row.closing_reason}
        bind.execute(note.insert().values(**values, user_name="System", at=row.received_at))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
