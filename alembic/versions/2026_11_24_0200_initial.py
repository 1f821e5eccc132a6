"""The tables of the first release

Revision: 2026_11_24_0200, after .
"""

import uuid

import sqlalchemy as sa
from alembic import op

import dms.db

revision = "2026_11_24_0200"
down_revision = None
branch_labels = None
depends_on = None


TRIGGERS_SQLITE = (
    "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END",
    "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END",
    "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END",
    "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END",
    "CREATE TRIGGER audit_sealed_leaf_no_update BEFORE UPDATE ON audit_sealed_leaf BEGIN SELECT RAISE(ABORT, 'audit_sealed_leaf is append-only'); END",
    "CREATE TRIGGER audit_sealed_leaf_no_delete BEFORE DELETE ON audit_sealed_leaf BEGIN SELECT RAISE(ABORT, 'audit_sealed_leaf is append-only'); END",
    "CREATE TRIGGER certificate_no_update BEFORE UPDATE ON certificate BEGIN SELECT RAISE(ABORT, 'certificate is append-only'); END",
    "CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate BEGIN SELECT RAISE(ABORT, 'certificate is append-only'); END",
    "CREATE TRIGGER certificate_end_no_update BEFORE UPDATE ON certificate_end BEGIN SELECT RAISE(ABORT, 'certificate_end is append-only'); END",
    "CREATE TRIGGER certificate_end_no_delete BEFORE DELETE ON certificate_end BEGIN SELECT RAISE(ABORT, 'certificate_end is append-only'); END",
    "CREATE TRIGGER payment_order_no_update BEFORE UPDATE ON payment_order BEGIN SELECT RAISE(ABORT, 'payment_order is append-only'); END",
    "CREATE TRIGGER payment_order_no_delete BEFORE DELETE ON payment_order BEGIN SELECT RAISE(ABORT, 'payment_order is append-only'); END",
    "CREATE TRIGGER payable_version_no_update BEFORE UPDATE ON payable_version BEGIN SELECT RAISE(ABORT, 'payable_version is append-only'); END",
    "CREATE TRIGGER payable_version_no_delete BEFORE DELETE ON payable_version BEGIN SELECT RAISE(ABORT, 'payable_version is append-only'); END",
    "CREATE TRIGGER document_version_no_update BEFORE UPDATE ON document_version BEGIN SELECT RAISE(ABORT, 'document_version is append-only'); END",
    "CREATE TRIGGER document_version_no_delete BEFORE DELETE ON document_version BEGIN SELECT RAISE(ABORT, 'document_version is append-only'); END",
    "CREATE TRIGGER certificate_four_eyes BEFORE INSERT ON certificate WHEN exists (select 1 from payment_order o where o.payable_id = NEW.payable_id and o.user_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'certificate: four_eyes'); END",
    "CREATE TRIGGER certificate_treasury BEFORE INSERT ON certificate WHEN exists (select 1 from user_role r where r.user_id = NEW.user_id and r.role = 'treasury') BEGIN SELECT RAISE(ABORT, 'certificate: treasury'); END",
    "CREATE TRIGGER payment_order_four_eyes BEFORE INSERT ON payment_order WHEN exists (select 1 from certificate o where o.payable_id = NEW.payable_id and o.user_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'payment_order: four_eyes'); END",
    "CREATE TRIGGER payment_order_treasury BEFORE INSERT ON payment_order WHEN exists (select 1 from user_role r where r.user_id = NEW.user_id and r.role = 'treasury') BEGIN SELECT RAISE(ABORT, 'payment_order: treasury'); END",
)

TRIGGERS_POSTGRESQL = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514'; END $$",
    "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_sealed_leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_sealed_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER certificate_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON certificate FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER certificate_end_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON certificate_end FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER payment_order_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_order FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER payable_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payable_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER document_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON document_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE FUNCTION guard_certificate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF exists (select 1 from payment_order o where o.payable_id = NEW.payable_id and o.user_id = NEW.user_id) THEN RAISE EXCEPTION 'certificate: four_eyes' USING ERRCODE = '23514'; END IF; IF exists (select 1 from user_role r where r.user_id = NEW.user_id and r.role = 'treasury') THEN RAISE EXCEPTION 'certificate: treasury' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER certificate_guard BEFORE INSERT ON certificate FOR EACH ROW EXECUTE FUNCTION guard_certificate()",
    "CREATE FUNCTION guard_payment_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF exists (select 1 from certificate o where o.payable_id = NEW.payable_id and o.user_id = NEW.user_id) THEN RAISE EXCEPTION 'payment_order: four_eyes' USING ERRCODE = '23514'; END IF; IF exists (select 1 from user_role r where r.user_id = NEW.user_id and r.role = 'treasury') THEN RAISE EXCEPTION 'payment_order: treasury' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER payment_order_guard BEFORE INSERT ON payment_order FOR EACH ROW EXECUTE FUNCTION guard_payment_order()",
)

CENTRAL_UNIT = uuid.UUID("01900000-0000-7000-8000-000000000001")
CENTRAL_PAYABLES = uuid.UUID("01900000-0000-7000-8000-000000000002")
ENTITY = uuid.UUID("01900000-0000-7000-8000-000000000003")


def _first_rows() -> None:
    """One legal entity and one unit, the central inbox, with its two ACL nodes; no users."""
    kind = sa.Uuid()

    def insert(table: str, **values: object) -> None:
        columns = [
            sa.column(name, kind) if isinstance(value, uuid.UUID) else sa.column(name) for name, value in values.items()
        ]
        op.get_bind().execute(sa.insert(sa.table(table, *columns)).values(**values))

    insert("legal_entity", id=ENTITY, key="kommune", name="Kommune")
    insert("org_unit", id=CENTRAL_UNIT, key="posteingang", name="Zentraler Posteingang", is_central=True)
    insert("acl_node", id=CENTRAL_UNIT, kind="unit", unit_id=CENTRAL_UNIT)
    insert("acl_node", id=CENTRAL_PAYABLES, kind="payables", unit_id=CENTRAL_UNIT)
    for node in (CENTRAL_UNIT, CENTRAL_PAYABLES):
        insert("acl_grant", node_id=node, principal=f"unit:{CENTRAL_UNIT}")
    for role in ("invoice_desk", "orderer", "treasury"):
        insert("acl_grant", node_id=CENTRAL_PAYABLES, principal=f"role:{role}")


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "api_token",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_api_token")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("deputy_for_id", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("leaf_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("uid", name=op.f("uq_audit_event_uid")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_subject"), ["subject"], unique=False)

    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=True),
        sa.Column("root_sha256", sa.String(length=64), nullable=False),
        sa.Column("leaf_count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("software", sa.String(length=32), nullable=False),
        sa.Column("seal_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "audit_sealed_leaf",
        sa.Column(
            "event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("seal_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_sealed_leaf")),
    )
    with op.batch_alter_table("audit_sealed_leaf", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_sealed_leaf_seal_number"), ["seal_number"], unique=False)

    op.create_table(
        "certificate_end",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_certificate_end")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("caller", "key", name=op.f("uq_idempotency_key_caller_key")),
    )
    op.create_table(
        "intake_progress",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages_total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_intake_progress")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("lease_until", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("last_error_code", sa.String(length=80), nullable=True),
        sa.Column("last_error_text", sa.String(), nullable=True),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('ready', 'running', 'done', 'parked', 'cancelled')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_subject_id"), ["subject_id"], unique=False)
        batch_op.create_index(
            "uq_job_open",
            ["kind", "subject_id"],
            unique=True,
            sqlite_where=sa.text("state in ('ready', 'running')"),
            postgresql_where=sa.text("state in ('ready', 'running')"),
        )

    op.create_table(
        "legal_entity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("buyer_reference", sa.String(length=46), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_entity")),
        sa.UniqueConstraint("key", name=op.f("uq_legal_entity_key")),
    )
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "org_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_central", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_unit")),
        sa.UniqueConstraint("key", name=op.f("uq_org_unit_key")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("retention_years", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["plan.id"], name=op.f("fk_plan_parent_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("key", name=op.f("uq_plan_key")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "reference_counter",
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_reference_counter")),
    )
    op.create_table(
        "rendition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("step_release", sa.String(length=60), nullable=False),
        sa.Column("blob_sha256", sa.String(length=64), nullable=False),
        sa.Column("blob_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint(
            "input_sha256", "kind", "step_release", name=op.f("uq_rendition_input_sha256_kind_step_release")
        ),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendition_input_sha256"), ["input_sha256"], unique=False)

    op.create_table(
        "supplier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("vat_id", sa.String(length=20), nullable=True),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
    )
    with op.batch_alter_table("supplier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supplier_iban"), ["iban"], unique=False)
        batch_op.create_index(batch_op.f("ix_supplier_vat_id"), ["vat_id"], unique=False)

    op.create_table(
        "acl_node",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_acl_node_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acl_node")),
    )
    with op.batch_alter_table("acl_node", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acl_node_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_unit_id", sa.Uuid(), nullable=False),
        sa.Column("file_reference", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("lead_unit_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("acl_node_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["org_unit.id"], name=op.f("fk_file_lead_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["plan_unit_id"], ["plan.id"], name=op.f("fk_file_plan_unit_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("file_reference", name=op.f("uq_file_file_reference")),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_acl_node_id"), ["acl_node_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_lead_unit_id"), ["lead_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_plan_unit_id"), ["plan_unit_id"], unique=False)

    op.create_table(
        "station",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("document_kind", sa.String(length=20), nullable=False),
        sa.Column("legal_entity_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_station_legal_entity_id_legal_entity")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_station_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("key", name=op.f("uq_station_key")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("retired_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_user_account_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
    )
    op.create_table(
        "acl_grant",
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["acl_node.id"], name=op.f("fk_acl_grant_node_id_acl_node")),
        sa.PrimaryKeyConstraint("node_id", "principal", name=op.f("pk_acl_grant")),
    )
    with op.batch_alter_table("acl_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acl_grant_principal"), ["principal"], unique=False)

    op.create_table(
        "case_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.String(length=90), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("opened_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("acl_node_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_case_record_file_id_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
        sa.UniqueConstraint("case_reference", name=op.f("uq_case_record_case_reference")),
    )
    with op.batch_alter_table("case_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_record_acl_node_id"), ["acl_node_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_record_file_id"), ["file_id"], unique=False)

    op.create_table(
        "intake",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.String(length=160), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("received_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason_code", sa.String(length=80), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("source_path", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "outcome in ('pending', 'filed', 'inbox', 'quarantined', 'refused')", name=op.f("ck_intake_outcome")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_intake_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_intake_claim_id")),
    )
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_outcome"), ["outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_intake_station_id"), ["station_id"], unique=False)

    op.create_table(
        "payment_authority",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("legal_entity_id", sa.Uuid(), nullable=False),
        sa.Column("limit_cents", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_payment_authority_legal_entity_id_legal_entity")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_payment_authority_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_authority")),
    )
    with op.batch_alter_table("payment_authority", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_authority_user_id"), ["user_id"], unique=False)

    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "web_session",
        sa.Column("id_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_web_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id_sha256", name=op.f("pk_web_session")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason_code", sa.String(length=80), nullable=True),
        sa.Column("reason_text", sa.String(length=500), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("is_invoice", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("document_kind", sa.String(length=20), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=True),
        sa.Column("recipient", sa.String(length=200), nullable=True),
        sa.Column("foreign_reference", sa.String(length=120), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("received_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("original_name", sa.String(length=300), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("original_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("hazards", sa.JSON(), nullable=False),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("acl_node_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state in ('processing', 'inbox', 'filed', 'quarantined', 'discarded')", name=op.f("ck_document_state")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["user_account.id"], name=op.f("fk_document_assignee_id_user_account")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_document_case_id_case_record")),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["document.id"], name=op.f("fk_document_duplicate_of_id_document")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_document_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_acl_node_id"), ["acl_node_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_original_sha256"), ["original_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "document_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_version_document_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_version")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_version_document_id_number")),
    )
    with op.batch_alter_table("document_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_version_document_id"), ["document_id"], unique=False)

    op.create_table(
        "extracted_value",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=2000), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("witnesses", sa.JSON(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=True),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_extracted_value_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extracted_value")),
    )
    with op.batch_alter_table("extracted_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extracted_value_document_id"), ["document_id"], unique=False)

    op.create_table(
        "payable_invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("legal_entity_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seller_name", sa.String(length=200), nullable=True),
        sa.Column("seller_vat_id", sa.String(length=40), nullable=True),
        sa.Column("invoice_number", sa.String(length=120), nullable=True),
        sa.Column("type_code", sa.String(length=5), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=True),
        sa.Column("tax_cents", sa.BigInteger(), nullable=True),
        sa.Column("gross_cents", sa.BigInteger(), nullable=True),
        sa.Column("payable_cents", sa.BigInteger(), nullable=True),
        sa.Column("cut_cents", sa.BigInteger(), nullable=False),
        sa.Column("retained_cents", sa.BigInteger(), nullable=False),
        sa.Column("discount_until", sa.Date(), nullable=True),
        sa.Column("discount_cents", sa.BigInteger(), nullable=True),
        sa.Column("payee_name", sa.String(length=200), nullable=True),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.Column("buyer_reference", sa.String(length=120), nullable=True),
        sa.Column("einvoice_syntax", sa.String(length=20), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("duplicate_decision", sa.String(length=12), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("override_reason", sa.String(length=500), nullable=True),
        sa.Column("closing_reason", sa.String(length=500), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("acl_node_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state in ('received', 'capture', 'review', 'ordering', 'ordered', 'transferred', 'settled', 'rejected', 'void')",
            name=op.f("ck_payable_invoice_state"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_payable_invoice_document_id_document")),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["payable_invoice.id"], name=op.f("fk_payable_invoice_duplicate_of_id_payable_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_payable_invoice_legal_entity_id_legal_entity")
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_payable_invoice_supplier_id_supplier")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_payable_invoice_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable_invoice")),
        sa.UniqueConstraint("document_id", name=op.f("uq_payable_invoice_document_id")),
    )
    with op.batch_alter_table("payable_invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payable_invoice_acl_node_id"), ["acl_node_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payable_invoice_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_payable_invoice_invoice_number"), ["invoice_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_payable_invoice_legal_entity_id"), ["legal_entity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payable_invoice_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_payable_invoice_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("scope_sha256", sa.String(length=64), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("given_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('substance', 'arithmetic')", name=op.f("ck_certificate_kind")),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable_invoice.id"], name=op.f("fk_certificate_payable_id_payable_invoice")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_certificate_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_payable_id"), ["payable_id"], unique=False)

    op.create_table(
        "coding_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("budget_year", sa.Integer(), nullable=False),
        sa.Column("product_account", sa.String(length=60), nullable=False),
        sa.Column("cost_center", sa.String(length=60), nullable=True),
        sa.Column("cost_object", sa.String(length=60), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable_invoice.id"], name=op.f("fk_coding_line_payable_id_payable_invoice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_line")),
        sa.UniqueConstraint("payable_id", "position", name=op.f("uq_coding_line_payable_id_position")),
    )
    with op.batch_alter_table("coding_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coding_line_payable_id"), ["payable_id"], unique=False)

    op.create_table(
        "payable_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("doc_sha256", sa.String(length=64), nullable=False),
        sa.Column("pay_sha256", sa.String(length=64), nullable=False),
        sa.Column("coding_sha256", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable_invoice.id"], name=op.f("fk_payable_version_payable_id_payable_invoice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable_version")),
        sa.UniqueConstraint("payable_id", "number", name=op.f("uq_payable_version_payable_id_number")),
    )
    with op.batch_alter_table("payable_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payable_version_payable_id"), ["payable_id"], unique=False)

    op.create_table(
        "payment_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("limit_cents", sa.BigInteger(), nullable=False),
        sa.Column("given_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable_invoice.id"], name=op.f("fk_payment_order_payable_id_payable_invoice")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_payment_order_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint("order_number", "version", name=op.f("uq_payment_order_order_number_version")),
    )
    with op.batch_alter_table("payment_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_order_payable_id"), ["payable_id"], unique=False)

    op.create_table(
        "hand_over",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_order_id", sa.Uuid(), nullable=False),
        sa.Column("folder", sa.String(length=400), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("handed_at", dms.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("receipt_at", dms.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_order_id"], ["payment_order.id"], name=op.f("fk_hand_over_payment_order_id_payment_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("payment_order_id", name=op.f("uq_hand_over_payment_order_id")),
    )
    # ### end Alembic commands ###
    _first_rows()
    for statement in TRIGGERS_SQLITE if op.get_bind().dialect.name == "sqlite" else TRIGGERS_POSTGRESQL:
        op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
