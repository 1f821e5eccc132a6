"""What a migration makes of rows that are there already."""

from pathlib import Path

from sqlalchemy import column, create_engine, insert, table, text

from dms.migrations import upgrade

ROW = {
    "document_id": "0" * 32, "state": "settled", "received_at": "2026-01-02 08:00:00", "type_code": "380",
    "currency": "EUR", "cut_cents": 0, "retained_cents": 0, "duplicate_decision": "none", "content_version": 1,
    "lock_version": 1, "acl_node_id": "0" * 32,
}  # fmt: skip
INVOICE = table("payable_invoice", *(column(name) for name in ("id", "seller_name", "invoice_number", *ROW)))


def test_invoices_that_are_there_can_be_looked_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dms.sqlite"
    upgrade(url, "2026_11_28_2000")
    rows = [
        ROW | {"id": "1" * 32, "seller_name": "Größ GmbH", "invoice_number": "RE-1"},
        ROW | {"id": "2" * 32, "state": "void", "seller_name": None, "invoice_number": None},
    ]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(INVOICE), rows)
    upgrade(url)
    with engine.connect() as connection:
        found = connection.execute(text("select sought from payable_invoice order by id")).scalars().all()
    engine.dispose()
    assert found == ["gröss gmbh\nre-1", "\n"]
