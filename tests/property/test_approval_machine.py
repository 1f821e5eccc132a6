"""Whatever people do to an invoice, in whatever order: the invariants of the approval hold in the database."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from dms.errors import Conflict, Forbidden, RuleViolation
from dms.payables import approval, closing, evidence, service
from dms.payables.models import Certificate, CertificateEnd, PayableState, PaymentOrder
from tests.factories import TEST
from tests.unit.payables.town import GROSS, town

PEOPLE = st.sampled_from(["desk", "anna", "ben", "cem", "dora", "till"])
AMOUNTS = st.sampled_from([GROSS, GROSS - 100, 9_000])
FINISHED = (PayableState.ORDERED, PayableState.TRANSFERRED, PayableState.SETTLED)
REFUSED = (Conflict, Forbidden, RuleViolation)


class ApprovalMachine(RuleBasedStateMachine):
    """People try every act at any time; some look at a screen that was loaded earlier."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._context = town(Path(self._folder.name))
        self.town = self._context.__enter__()
        self.screen = self.town.seen()

    def teardown(self) -> None:
        self._context.__exit__(None, None, None)
        self._folder.cleanup()

    def _try(self, login: str, act: Any, *args: Any, **kwargs: Any) -> bool:
        try:
            self.town.act(login, act, *args, **kwargs)
        except REFUSED:
            return False
        return True

    @rule()
    def look(self) -> None:
        self.screen = self.town.seen()

    @rule(login=PEOPLE, amount=AMOUNTS)
    def code(self, login: str, amount: int) -> None:
        line = {"budget_year": 2026, "product_account": "11.1.01.4431000", "amount_cents": amount}
        self._try(login, service.set_coding, [line], seen=None)

    @rule(login=PEOPLE, amount=AMOUNTS)
    def edit(self, login: str, amount: int) -> None:
        self._try(login, service.edit, {"payable_cents": amount, "gross_cents": amount}, seen=None)

    @rule(certifier=st.sampled_from(["anna", "ben"]))
    def prepare(self, certifier: str) -> None:
        """The usual way up to the order, so that it is reached often."""
        line = {"budget_year": 2026, "product_account": "11", "amount_cents": self.town.row().payable_cents}
        self._try("desk", service.set_coding, [line], seen=None)
        self._try("desk", service.release, seen=None)
        for kind in approval.KINDS:
            self._try(certifier, service.certify, kind, seen=self.town.seen())

    @rule(login=PEOPLE, kind=st.sampled_from(approval.KINDS), is_fresh=st.booleans())
    def certify(self, login: str, kind: str, is_fresh: bool) -> None:
        self._sign(login, service.certify, is_fresh, kind)

    @rule(login=PEOPLE, is_fresh=st.booleans())
    def order_payment(self, login: str, is_fresh: bool) -> None:
        self._sign(login, service.order_payment, is_fresh)

    def _sign(self, login: str, act: Any, is_fresh: bool, *args: Any) -> None:
        current = self.town.seen()
        seen = current if is_fresh else self.screen
        if self._try(login, act, *args, seen=seen):
            assert seen == current, "signed what was not on the screen"
            assert login != "till", "treasury signed"

    @rule(login=st.sampled_from(["dora", "anna"]))
    def return_to_capture(self, login: str) -> None:
        self._try(login, closing.return_to_capture, reason="Bitte prüfen")

    @invariant()
    def evidence_supports_the_state(self) -> None:
        with self.town.platform.db.read(TEST) as session:
            row = service.payable(session, self.town.payable_id)
            content = evidence.current_content(session, row)
            orders = session.scalars(select(PaymentOrder)).all()
            certificates = session.scalars(select(Certificate)).all()
            ended = set(session.scalars(select(CertificateEnd.subject_id)))
        valid = [given for given in certificates if given.id not in ended]
        assert all(given.scope_sha256 == content.scope_sha256(given.kind) for given in valid), "I10"
        assert not {order.user_id for order in orders} & {given.user_id for given in certificates}, "I3"
        assert all(order.gross_cents <= order.limit_cents for order in orders), "I5"
        assert len(orders) == (row.state in FINISHED), "I1"
        if row.state in FINISHED:
            assert orders[0].content_sha256 == content.all_sha256, "I9"
            assert {given.kind for given in valid} == set(approval.KINDS), "I2"
        assert (row.state == PayableState.CAPTURE) <= (not valid), "a returned invoice keeps no certificate"


TestApprovalMachine = ApprovalMachine.TestCase
TestApprovalMachine.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
