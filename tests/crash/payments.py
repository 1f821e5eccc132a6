"""Payment orders in an installation under fire: given by people in this process, handed over by the ones that die."""

from uuid import UUID

from sqlalchemy import select

from dms.actor import Role
from dms.payables import service
from dms.payables.models import HandOver, PayableInvoice, PayableState
from dms.platform import Platform
from tests.crash.siege import Siege
from tests.factories import TEST, add_person, as_actor, opened


def order_payments(siege: Siege, count: int) -> None:
    """Code, certify and order so many captured invoices; their hand-over is then a job for whoever works the queues."""
    with opened(siege.data, workers=False, **siege.urls) as platform:
        add_person(platform, "desk", Role.INVOICE_DESK)
        add_person(platform, "anna", Role.CERTIFIER)
        add_person(platform, "dora", Role.ORDERER, limit_cents=10**9)
        with platform.db.read(TEST) as session:
            captured = select(PayableInvoice.id).where(PayableInvoice.state == PayableState.CAPTURE).limit(count)
            ids = session.scalars(captured).all()
        assert len(ids) == count
        for payable_id in ids:
            _order(platform, payable_id)


def _order(platform: Platform, payable_id: UUID) -> None:
    def act(login: str, what: str, *arguments: object, is_seen: bool = True) -> None:
        with platform.db.write(as_actor(platform, login)) as session:
            row = service.payable(session, payable_id, lock=True)
            seen = service.current_content(session, row).all_sha256 if is_seen else None
            getattr(service, what)(session, row, *arguments, clock=platform.clock, seen=seen)

    with platform.db.read(TEST) as session:
        amount = service.payable(session, payable_id).payable_cents
    line = {"budget_year": 2026, "product_account": "11.1.01.4431000", "amount_cents": amount}
    act("desk", "set_coding", [line], is_seen=False)
    act("desk", "release")
    act("anna", "certify", "substance")
    act("anna", "certify", "arithmetic")
    act("dora", "order_payment")


def check_hand_overs(siege: Siege, count: int) -> list[str]:
    """What is wrong with the packages: each must be there once, complete, with its row."""
    with siege.database.read(TEST) as session:
        rows = session.scalars(select(HandOver)).all()
        handed = session.scalars(
            select(PayableInvoice.id).where(PayableInvoice.state == PayableState.TRANSFERRED)
        ).all()
    folders = [path for path in siege.chosen.handover_path.glob("*/*") if not path.name.startswith(".")]
    names = {str(path.relative_to(siege.chosen.handover_path)) for path in folders if (path / "manifest.json").exists()}
    if len(rows) == len(handed) == len(folders) == count and {row.folder for row in rows} == names:
        return []
    return [f"{count} orders, {len(rows)} rows, {len(folders)} folders, {len(handed)} handed over"]
