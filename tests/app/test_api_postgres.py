"""The JSON edge on PostgreSQL: rows are locked there, not the whole database, so that races are real."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url

from dms.ids import uuid7
from dms.intake.models import Intake
from dms.payables.models import Certificate, PaymentOrder
from tests.factories import TEST
from tests.served import bearer, served
from tests.unit.payables.town import Town, open_invoice, town

pytestmark = pytest.mark.service("postgres")
AT_ONCE = 24


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """A database of its own on the real server."""
    name = f"api_{uuid7().hex}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture
def given(database: str, tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, database_url=database) as found:
        yield found


def _rows(given: Town, table: type) -> int:
    with given.platform.db.read(TEST) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_one_key_at_the_same_moment_is_one_intake(given: Town) -> None:
    before = _rows(given, Intake)
    header = {**bearer(given.platform, "desk"), "Idempotency-Key": "scan-1"}
    with served(given.platform) as client:

        def bring(_: int) -> tuple[int, str]:
            answer = httpx.post(
                f"{client.base_url}/api/v1/intake", files={"file": ("a.txt", b"Guten Tag")}, headers=header, timeout=60
            )
            return answer.status_code, answer.text

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = set(pool.map(bring, range(AT_ONCE)))
    assert len(answers) == 1
    assert {status for status, _ in answers} == {201}
    assert _rows(given, Intake) == before + 1


def test_one_key_and_many_keys_at_the_same_moment_sign_once(given: Town) -> None:
    given.code()
    given.release()
    version = given.row().content_version
    headers = {login: bearer(given.platform, login) for login in ("anna", "ben", "dora")}
    with served(given.platform) as client:

        def post(login: str, event: str, key: str, payable_id: object = given.payable_id) -> tuple[int, str]:
            body = {"event": event, "expected_version": version, "seen": given.seen()}
            address = f"{client.base_url}/api/v1/payables/{payable_id}/events"
            answer = httpx.post(address, json=body, headers={**headers[login], "Idempotency-Key": key}, timeout=60)
            return answer.status_code, answer.text if answer.status_code == 200 else answer.json()["code"]

        with ThreadPoolExecutor(AT_ONCE) as pool:
            people = ["anna", "ben"] * (AT_ONCE // 2)
            signed = list(pool.map(lambda at: post(people[at], "certify_substance", f"k{at}"), range(AT_ONCE)))
            assert post("ben", "certify_arithmetic", "a")[0] == 200
            ordered = set(pool.map(lambda _: post("dora", "order_payment", "one"), range(AT_ONCE)))
    assert sorted(status for status, _ in signed) == [200] + [409] * (AT_ONCE - 1)
    assert {code for status, code in signed if status == 409} <= {"approval.done.substance", "approval.state.ordering"}
    assert [status for status, _ in ordered] == [200]
    assert (_rows(given, Certificate), _rows(given, PaymentOrder)) == (2, 1)


def test_one_key_for_two_invoices_at_the_same_moment_acts_on_one(given: Town) -> None:
    invoices = [open_invoice(given.platform, f"Rechnung {number}".encode()) for number in range(8)]
    header = {**bearer(given.platform, "desk"), "Idempotency-Key": "one"}
    body = {"event": "void", "payload": {"reason": "Irrläufer"}, "expected_version": 1}
    with served(given.platform) as client:

        def void(payable_id: object) -> tuple[int, str]:
            answer = httpx.post(
                f"{client.base_url}/api/v1/payables/{payable_id}/events", json=body, headers=header, timeout=60
            )
            return answer.status_code, answer.json().get("code", "")

        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(void, invoices))
    assert answers == [(200, "")] + [(409, "idempotency.other")] * 7
