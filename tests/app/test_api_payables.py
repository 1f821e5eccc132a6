"""Incoming invoices over the JSON interface: what is told, what may be done, and that it is done once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from dms.actor import Role
from dms.api.idempotency import forget_old
from dms.clock import FrozenClock
from dms.identity.models import IdempotencyKey
from dms.payables.approval import Event
from dms.payables.models import Certificate, PayableState, PaymentOrder
from tests.factories import TEST, add_person
from tests.served import bearer, served
from tests.unit.payables.town import FIELDS, Town, open_invoice, town

LINE = {"budget_year": 2026, "product_account": "11.1.01.4431000", "amount": "119.00"}


@dataclass
class Office:
    """The town's people at a program that speaks JSON."""

    town: Town
    client: httpx.Client
    headers: dict[str, dict[str, str]]
    numbers: Iterator[int] = field(default_factory=count)

    def show(self, login: str = "desk", payable_id: UUID | None = None) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1/payables/{payable_id or self.town.payable_id}", headers=self.headers[login])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(
        self, login: str, event: str, payload: dict[str, Any] | None = None, *, key: str | None = None, **command: Any
    ) -> httpx.Response:
        """One event on what the person looks at now; `command` replaces parts of it, None leaves one out."""
        seen = self.show(login)
        body = {"event": event, "expected_version": seen["content_version"], "seen": seen["seen"], "payload": payload}
        body = {name: value for name, value in {**body, **command}.items() if value is not None}
        headers = {"Idempotency-Key": key or f"{login}-{next(self.numbers)}", "Content-Type": "application/json"}
        address = f"/api/v1/payables/{self.town.payable_id}/events"
        return self.client.post(address, content=json.dumps(body), headers={**self.headers[login], **headers})

    def do(self, login: str, event: str, payload: dict[str, Any] | None = None, **command: Any) -> dict[str, Any]:
        answer = self.post(login, event, payload, **command)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refused(self, login: str, event: str, payload: dict[str, Any] | None = None, **command: Any) -> tuple[int, str]:
        answer = self.post(login, event, payload, **command)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]

    def rows(self, table: Any) -> int:
        with self.town.platform.db.read(TEST) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with town(tmp_path) as given, served(given.platform) as client:
        yield Office(given, client, {login: bearer(given.platform, login) for login in given.people})


@pytest.fixture
def certified(office: Office) -> Office:
    office.do("desk", "code", {"lines": [LINE]})
    office.do("desk", "release")
    office.do("ben", "certify_substance")
    office.do("ben", "certify_arithmetic")
    return office


def test_an_invoice_goes_all_the_way(certified: Office) -> None:
    shown = certified.show("dora")
    assert shown["state"] == PayableState.ORDERING
    assert [(row["kind"], row["given_by"], row["holds"]) for row in shown["certificates"]] == [
        ("substance", "Ben", True), ("arithmetic", "Ben", True),
    ]  # fmt: skip
    ordered = certified.do("dora", "order_payment")
    assert ordered["state"] == PayableState.ORDERED
    assert ordered["payment_order"]["given_by"] == "Dora"
    assert ordered["payment_order"]["gross"] == "119.00"
    assert certified.show("dora") == ordered


def test_what_is_told_is_exact(office: Office) -> None:
    shown = office.show()
    assert (shown["gross"], shown["payable"], shown["amount_to_pay"], shown["cut"]) == (
        "119.00", "119.00", "119.00", "0.00",
    )  # fmt: skip
    assert (shown["currency"], shown["due_on"], shown["net"]) == ("EUR", "2026-12-20", None)
    assert shown["seen"] == office.town.seen()
    assert shown["content_version"] == office.town.row().content_version
    listed = office.client.get("/api/v1/payables", headers=office.headers["desk"]).json()
    assert (listed["total"], listed["items"][0]["payable_id"]) == (1, str(office.town.payable_id))
    assert listed["items"][0]["gross"] == "119.00"


def test_a_list_is_filtered_and_paged(office: Office) -> None:
    for number in range(4):
        open_invoice(office.town.platform, f"Rechnung {number}".encode())
    office.do("desk", "void", {"reason": "Irrläufer"})

    def ids(**query: Any) -> tuple[int, list[str]]:
        answer = office.client.get("/api/v1/payables", params=query, headers=office.headers["desk"]).json()
        return answer["total"], [item["payable_id"] for item in answer["items"]]

    total, everything = ids()
    assert (total, len(everything)) == (5, 5)
    assert ids(limit=2, offset=2) == (5, everything[2:4])
    assert ids(state="void") == (1, [str(office.town.payable_id)])
    assert ids(state=["void", "capture"])[0] == 5
    assert ids(overdue_on="2026-12-21") == (0, [])
    assert ids(unit_id=str(UUID(int=1))) == (0, [])


def test_every_event_is_allowed_or_refused_with_a_german_reason(certified: Office) -> None:
    shown = certified.show("ben")
    forbidden = {found["event"]: found for found in shown["forbidden_events"]}
    assert {*shown["allowed_events"], *forbidden} == set(Event)
    assert forbidden["order_payment"]["code"] == "approval.same_person"
    assert "Vier-Augen-Prinzip" in forbidden["order_payment"]["reason"]
    assert "order_payment" in certified.show("dora")["allowed_events"]
    assert {*certified.show("till")["allowed_events"]} == {"return", "code"}


def test_who_may_not_order_is_told_why_and_nothing_happens(certified: Office) -> None:
    before = certified.show("dora")
    told = {login: certified.refused(login, "order_payment") for login in ("ben", "till", "cem", "anna", "desk")}
    assert told == {
        "ben": (409, "approval.same_person"),
        "till": (409, "approval.treasury"),
        "cem": (409, "approval.over_limit"),
        "anna": (403, "approval.role.order"),
        "desk": (403, "approval.role.order"),
    }
    assert certified.show("dora") == before


def test_an_old_screen_does_nothing(certified: Office) -> None:
    before = certified.show("dora")
    certified.do("desk", "edit", {"seller_name": "Bauhof Süd GmbH"})
    old = before["content_version"], before["seen"]
    assert certified.refused("dora", "order_payment", expected_version=old[0]) == (409, "stale")
    assert certified.refused("dora", "order_payment", seen=old[1]) == (409, "approval.stale")
    for event, payload in (("return", {"reason": "x"}), ("void", {"reason": "x"}), ("code", {"lines": []})):
        assert certified.refused("desk", event, payload, expected_version=old[0]) == (409, "stale")
        assert certified.refused("desk", event, payload, seen=old[1]) == (409, "approval.stale")
    assert certified.town.row().state == PayableState.REVIEW


def test_nobody_signs_what_they_did_not_look_at(certified: Office) -> None:
    for event in ("certify_substance", "certify_arithmetic", "order_payment"):
        answer = certified.client.post(
            f"/api/v1/payables/{certified.town.payable_id}/events",
            json={"event": event, "expected_version": certified.show()["content_version"]},
            headers={**certified.headers["dora"], "Idempotency-Key": "x"},
        )
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": "seen", "code": "input.missing", "detail": "Bitte füllen Sie dieses Feld aus."}
        ]


def test_an_edit_changes_what_it_names_and_empties_what_is_null(office: Office) -> None:
    changed = office.do(
        "desk",
        "edit",
        {
            "gross": "1190.00", "payable": "1190.00", "net": "1000.00", "tax": "190.00", "cut": "10.00",
            "discount": "23.80", "discount_until": "2026-11-30", "due_on": None, "currency": "CHF",
            "iban": "de02 1203 0000 0000 2020 51", "seller_name": " Bauhof ",
        },
    )  # fmt: skip
    assert {name: changed[name] for name in ("gross", "net", "cut", "amount_to_pay", "discount", "currency")} == {
        "gross": "1190.00", "net": "1000.00", "cut": "10.00", "amount_to_pay": "1180.00", "discount": "23.80",
        "currency": "CHF",
    }  # fmt: skip
    assert (changed["due_on"], changed["discount_until"]) == (None, "2026-11-30")
    assert (changed["iban"], changed["seller_name"]) == ("DE02120300000000202051", "Bauhof")
    assert changed["invoice_number"] == FIELDS["invoice_number"]


UNUSABLE = [
    ("gross", "119,00", "input.value"),
    ("gross", "119", "input.value"),
    ("gross", 119.0, "input.value"),
    ("gross", "1e5", "input.value"),
    ("gross", "٣.٠٠", "input.value"),
    ("gross", "1.00\n", "input.value"),
    ("gross", "123456789012.00", "input.value"),
    ("due_on", "20.12.2026", "input.iso_date"),
    ("iban", "DE02120300000000202052", "input.iban"),
    ("iban", "XX", "input.value"),
    ("due_on", 0, "input.iso_date"),
    ("due_on", "0", "input.iso_date"),
    ("due_on", "2026-02-30", "input.iso_date"),
    ("currency", None, "input.value"),
    ("type_code", "٣٨٠", "input.value"),
    ("cut", "-1.00", "input.value"),
    ("discount", "-0.01", "input.value"),
    ("seller_name", " ", "input.too_short"),
    ("seller_name", "a\x00b", "input.characters"),
    ("seller_name", "\ud800", "input.value"),
    ("seller_name", "x" * 201, "input.too_long"),
    ("legal_entity_id", "keine", "input.id"),
    ("legal_entity_id", str(UUID(int=1)), "input.choice"),
    ("unit_id", "01234567-89ab-7def-8123-456789abcdef", "input.choice"),
    ("force", True, "input.unknown"),
]


def test_a_value_that_cannot_be_used_is_named_and_nothing_changes(office: Office) -> None:
    before = office.show()
    for name, value, code in UNUSABLE:
        answer = office.post("desk", "edit", {name: value})
        named = [(found["field"].removeprefix("payload."), found["code"]) for found in answer.json()["errors"]]
        assert (answer.status_code, named) == (422, [(name, code)]), value
    assert office.show() == before


MISSHAPEN: list[tuple[Any, str, str]] = [
    ({"event": "pay"}, "body", "input.choice"),
    ({}, "body", "input.missing"),
    ([], "body", "input.value"),
    ({"event": "release", "expected_version": "1"}, "expected_version", "input.number"),
    ({"event": "release", "expected_version": 1, "force": True}, "force", "input.unknown"),
    ({"event": "return", "expected_version": 1, "payload": {"reason": "  "}}, "payload.reason", "input.too_short"),
    ({"event": "code", "expected_version": 1, "payload": {"lines": [{}]}}, "payload.lines.0.amount", "input.missing"),
    ({"event": "code", "expected_version": 1, "payload": {"lines": [LINE] * 501}}, "payload.lines", "input.too_long"),
]
UNREADABLE = [b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"expected_version": ' + b"9" * 9999 + b"}", b'{"a": NaN}', b""]


def test_a_command_of_another_shape_is_refused(office: Office) -> None:
    headers = {**office.headers["desk"], "Idempotency-Key": "x", "Content-Type": "application/json"}
    address = f"/api/v1/payables/{office.town.payable_id}/events"
    for body, name, code in MISSHAPEN:
        answer = office.client.post(address, json=body, headers=headers)
        assert answer.status_code == 422
        assert (name, code) in [(found["field"], found["code"]) for found in answer.json()["errors"]], body
    for content in UNREADABLE:
        answer = office.client.post(address, content=content, headers=headers)
        assert answer.status_code in (400, 422), content[:40]
        assert answer.headers["content-type"] == "application/problem+json"
    assert office.rows(IdempotencyKey) == 0


def test_answers_are_forgotten_after_thirty_days(office: Office) -> None:
    office.do("desk", "edit", {"seller_name": "Bauhof Süd GmbH"})
    platform = office.town.platform
    assert (forget_old(platform.db, platform.clock), office.rows(IdempotencyKey)) == (0, 1)
    later = FrozenClock(platform.clock.now() + timedelta(days=31))
    assert (forget_old(platform.db, later), office.rows(IdempotencyKey)) == (1, 0)


def test_without_a_key_nothing_is_done(office: Office) -> None:
    answer = office.client.post(
        f"/api/v1/payables/{office.town.payable_id}/events",
        json={"event": "void", "payload": {"reason": "x"}, "expected_version": office.show()["content_version"]},
        headers=office.headers["desk"],
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.missing")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert office.town.row().state == PayableState.CAPTURE


def test_the_same_request_again_gets_the_same_answer_and_acts_once(certified: Office) -> None:
    shown = certified.show("dora")
    looked_at = {"expected_version": shown["content_version"], "seen": shown["seen"]}
    first = certified.post("dora", "order_payment", key="k", **looked_at)
    again = certified.post("dora", "order_payment", key="k", **looked_at)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert certified.rows(PaymentOrder) == 1
    assert certified.refused("dora", "return", {"reason": "x"}, key="k") == (409, "idempotency.other")
    assert certified.refused("dora", "order_payment", key="neu") == (409, "approval.state.ordered")
    other = certified.client.post(
        f"/api/v1/payables/{open_invoice(certified.town.platform, b'andere')}/events",
        json={"event": "order_payment", **looked_at},
        headers={**certified.headers["dora"], "Idempotency-Key": "k"},
    )
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.other")


def test_a_refused_request_may_be_sent_again_under_its_key(office: Office) -> None:
    office.do("desk", "code", {"lines": [LINE]})
    office.do("desk", "release")
    assert office.refused("dora", "order_payment", key="k") == (409, "approval.state.review")
    office.do("ben", "certify_substance")
    office.do("ben", "certify_arithmetic")
    assert office.do("dora", "order_payment", key="k")["state"] == PayableState.ORDERED


def test_the_same_key_at_the_same_moment_acts_once(certified: Office) -> None:
    shown = certified.show("dora")
    body = {"event": "order_payment", "expected_version": shown["content_version"], "seen": shown["seen"]}
    headers = {**certified.headers["dora"], "Idempotency-Key": "k"}

    def order(_: int) -> bytes:
        with httpx.Client(base_url=certified.client.base_url, timeout=60) as own:
            answer = own.post(f"/api/v1/payables/{certified.town.payable_id}/events", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.content

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(order, range(24)))) == 1
    assert certified.rows(PaymentOrder) == 1


def test_different_keys_at_the_same_moment_certify_once(office: Office) -> None:
    office.do("desk", "code", {"lines": [LINE]})
    office.do("desk", "release")
    shown = office.show("ben")
    body = {"event": "certify_substance", "expected_version": shown["content_version"], "seen": shown["seen"]}

    def certify(number: int) -> int:
        headers = {**office.headers["ben" if number % 2 else "anna"], "Idempotency-Key": f"k{number}"}
        with httpx.Client(base_url=office.client.base_url, timeout=60) as own:
            return own.post(f"/api/v1/payables/{office.town.payable_id}/events", json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(certify, range(16))) == [200] + [409] * 15
    assert office.rows(Certificate) == 1


def test_an_invoice_of_others_cannot_even_be_refused(office: Office) -> None:
    stranger = add_person(office.town.platform, "pia", Role.ADMIN)
    assert stranger.nodes == frozenset()
    answer = office.client.get(
        f"/api/v1/payables/{office.town.payable_id}", headers=bearer(office.town.platform, "pia")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "role.missing")


def test_a_duplicate_is_decided_by_the_desk(office: Office) -> None:
    first = office.town.payable_id
    office.town.payable_id = open_invoice(office.town.platform, b"Rechnung")
    shown = office.show()
    assert (shown["duplicate_decision"], shown["duplicate_of"]) == ("open", str(first))
    assert office.refused("anna", "decide_duplicate", {"is_duplicate": False}) == (403, "approval.role.capture")
    assert office.refused("desk", "decide_duplicate", {"is_duplicate": True}) == (422, "input.invalid")
    assert office.refused("desk", "decide_duplicate", {"is_duplicate": "ja"}) == (422, "input.invalid")
    decided = office.do("desk", "decide_duplicate", {"is_duplicate": True, "reason": "liegt vor"})
    assert (decided["state"], [note["text"] for note in decided["notes"]]) == (PayableState.VOID, ["liegt vor"])


def test_reject_return_and_edit_do_what_the_pages_do(certified: Office) -> None:
    assert certified.do("dora", "return", {"reason": "Lieferschein fehlt"})["state"] == PayableState.CAPTURE
    shown = certified.show()
    assert [row["holds"] for row in shown["certificates"]] == [False, False]
    assert certified.do("desk", "reject", {"reason": "falscher Empfänger"})["state"] == PayableState.REJECTED
