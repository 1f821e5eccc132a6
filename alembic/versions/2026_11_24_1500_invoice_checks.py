"""Test reports, notices to senders and exemptions; attachments of a document; a rejected invoice can be taken up again

Revision: 2026_11_24_1500, after 2026_11_24_1300.
"""

import uuid

import sqlalchemy as sa
from alembic import op

import dms.db

revision = "2026_11_24_1500"
down_revision = "2026_11_24_1300"
branch_labels = None
depends_on = None

TRIGGERS_SQLITE = (
    "CREATE TRIGGER invoice_check_no_update BEFORE UPDATE ON invoice_check BEGIN SELECT RAISE(ABORT, 'invoice_check is append-only'); END",
    "CREATE TRIGGER invoice_check_no_delete BEFORE DELETE ON invoice_check BEGIN SELECT RAISE(ABORT, 'invoice_check is append-only'); END",
)
TRIGGERS_POSTGRESQL = (
    "CREATE TRIGGER invoice_check_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_check FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
DOCUMENT_STATES = "state in ('processing', 'inbox', 'filed', 'quarantined', 'discarded')"
STATES = (
    "state in ('received', 'capture', 'review', 'ordering', 'ordered', 'transferred', 'settled', 'rejected', 'void')"
)
ALIVE = "state not in ('void', 'rejected')"


def upgrade() -> None:
    _create_checks()
    _create_notices()
    _create_exemptions()
    _keep_findings()
    op.drop_index("uq_payable_invoice_document", "payable_invoice")
    checks = (sa.CheckConstraint(STATES, name=op.f("ck_payable_invoice_state")),)
    with op.batch_alter_table("payable_invoice", table_args=checks) as batch:
        batch.drop_column("findings")
    alive = sa.text(ALIVE)
    op.create_index(
        "uq_payable_invoice_document",
        "payable_invoice",
        ["document_id"],
        unique=True,
        sqlite_where=alive,
        postgresql_where=alive,
    )
    with op.batch_alter_table("legal_entity") as batch:
        batch.add_column(sa.Column("rejects_automatically", sa.Boolean(), nullable=False, server_default=sa.true()))
    states = (sa.CheckConstraint(DOCUMENT_STATES, name=op.f("ck_document_state")),)
    with op.batch_alter_table("document", table_args=states) as batch:
        batch.add_column(sa.Column("attached_to_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_document_attached_to_id_document"), "document", ["attached_to_id"], ["id"])
        batch.create_index(op.f("ix_document_attached_to_id"), ["attached_to_id"])
    for statement in TRIGGERS_SQLITE if op.get_bind().dialect.name == "sqlite" else TRIGGERS_POSTGRESQL:
        op.execute(sa.text(statement))


def _create_checks() -> None:
    op.create_table(
        "invoice_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("rule_set", sa.String(length=80), nullable=True),
        sa.Column("findings_total", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "verdict in ('accepted', 'rejected', 'unchecked', 'no_einvoice')", name=op.f("ck_invoice_check_verdict")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_invoice_check_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_check")),
    )
    op.create_index(op.f("ix_invoice_check_document_id"), "invoice_check", ["document_id"])


def _create_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("sent_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failed_code", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable_invoice.id"], name=op.f("fk_notice_payable_id_payable_invoice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    for column in ("created_at", "payable_id", "recipient"):
        op.create_index(op.f(f"ix_notice_{column}"), "notice", [column])


def _create_exemptions() -> None:
    op.create_table(
        "sender_exemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("vat_id", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_exemption")),
    )
    for column in ("email", "vat_id"):
        op.create_index(op.f(f"ix_sender_exemption_{column}"), "sender_exemption", [column])


def _keep_findings() -> None:
    """Findings from before the official rules become a report that leaves the verdict open."""
    op.add_column("payable_invoice", sa.Column("verdict", sa.String(length=12), nullable=True))
    payable = sa.table(
        "payable_invoice", sa.column("document_id", sa.Uuid()), sa.column("einvoice_syntax"), sa.column("verdict"),
        sa.column("received_at", dms.db.UtcDateTime()), sa.column("findings", sa.JSON()),
    )  # fmt: skip
    check = sa.table(
        "invoice_check", sa.column("id", sa.Uuid()), sa.column("document_id", sa.Uuid()), sa.column("verdict"),
        sa.column("at", dms.db.UtcDateTime()), sa.column("actor_name"), sa.column("findings_total"),
        sa.column("report", sa.JSON()),
    )  # fmt: skip
    bind = op.get_bind()
    for row in bind.execute(sa.select(payable).where(payable.c.einvoice_syntax.is_not(None))).all():
        report = {"syntax": row.einvoice_syntax, "accepted": None, "findings": row.findings}
        values = {"id": uuid.uuid4(), "document_id": row.document_id, "verdict": "unchecked", "at": row.received_at}
        bind.execute(
            check.insert().values(**values, actor_name="System", findings_total=len(row.findings), report=report)
        )
    bind.execute(payable.update().where(payable.c.einvoice_syntax.is_not(None)).values(verdict="unchecked"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
