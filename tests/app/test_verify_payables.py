"""`dms verify` notices what somebody with access to the database changed about an invoice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from dms.ops.verify_payables import payable_faults
from tests.factories import TEST
from tests.unit.payables.town import Town, town


@pytest.fixture
def ordered(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as found:
        found.code()
        found.release()
        found.certify("ben")
        found.order("dora")
        yield found


def _faults(given: Town, *tampering: str) -> set[str]:
    with given.platform.db.engine.begin() as connection:
        for statement in tampering:
            connection.execute(text(statement))
    with given.platform.db.read(TEST) as session:
        return {fault["kind"] for fault in payable_faults(session)}


def test_an_honest_order_has_no_fault(ordered: Town) -> None:
    assert _faults(ordered) == set()


@pytest.mark.parametrize(
    ("kind", "tampering"),
    [
        ("payable.altered", ["update payable_invoice set gross_cents = gross_cents + 1"]),
        ("payable.altered", ["update payable_invoice set iban = 'DE02500105170137075030'"]),
        ("payable.altered", ["update coding_line set product_account = '99'"]),
        (
            "payable.version_altered",
            [
                "drop trigger payable_version_no_update",
                "update payable_version set content = json_set(content, '$.iban', 'DE02500105170137075030')",
            ],
        ),
        ("payable.version_missing", ["update payable_invoice set content_version = content_version + 1"]),
        (
            "certificate.unproven",
            ["drop trigger certificate_no_update", "update certificate set scope_sha256 = '" + "0" * 64 + "'"],
        ),
        (
            "payment_order.unproven",
            ["drop trigger payment_order_no_update", "update payment_order set content_sha256 = '" + "0" * 64 + "'"],
        ),
        ("payable.not_ordered", ["drop trigger payment_order_no_delete", "delete from payment_order"]),
    ],
)
def test_whatever_is_changed_behind_the_back_of_the_application_is_a_fault(
    ordered: Town, kind: str, tampering: list[str]
) -> None:
    assert kind in _faults(ordered, *tampering)
