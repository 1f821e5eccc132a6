"""What the database itself refuses, whoever writes: changed evidence (I11), one person twice (I3), treasury (I4).

The same statements stand in the Alembic revision that made the tables; a test compares them.
"""

APPEND_ONLY = (
    "audit_event", "audit_seal", "audit_sealed_leaf", "certificate", "certificate_end", "payment_order",
    "payable_version", "document_version", "payable_note", "invoice_check",
)  # fmt: skip
_SAME_PERSON = """
exists (select 1 from {other} o where o.payable_id = NEW.payable_id and o.user_id = NEW.user_id)
"""
_TREASURY = "exists (select 1 from user_role r where r.user_id = NEW.user_id and r.role = 'treasury')"
_GUARDED = {"certificate": "payment_order", "payment_order": "certificate"}


def statements(dialect: str) -> list[str]:
    """The DDL of all triggers for ``sqlite`` or ``postgresql``."""
    return _sqlite() if dialect == "sqlite" else _postgresql()


def _sqlite() -> list[str]:
    found = [
        f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in APPEND_ONLY
        for event in ("update", "delete")
    ]
    for table, other in _GUARDED.items():
        for name, condition in (("four_eyes", _SAME_PERSON.format(other=other)), ("treasury", _TREASURY)):
            found.append(
                f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table} WHEN {condition.strip()} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: {name}'); END"
            )
    return found


def _postgresql() -> list[str]:
    found = [
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    ]
    found += [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
    ]
    for table, other in _GUARDED.items():
        body = (
            f"IF {_SAME_PERSON.format(other=other).strip()} THEN "
            f"RAISE EXCEPTION '{table}: four_eyes' USING ERRCODE = '23514'; END IF; "
            f"IF {_TREASURY} THEN RAISE EXCEPTION '{table}: treasury' USING ERRCODE = '23514'; END IF; RETURN NEW;"
        )
        found += [
            f"CREATE FUNCTION guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
            f"CREATE TRIGGER {table}_guard BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{table}()",
        ]
    return found
