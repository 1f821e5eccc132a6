"""Every mailer: what arrives is what was sent, once per key, and nothing slips into the headers."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from dms.mailing import Attachment, Mail, Mailer, MailRefused, MailUnavailable, open_mailer

SENDER = "rechnungen@aueland.example"
MAIL = Mail(
    key="01a2-reject",
    to="buchhaltung@lieferant.example",
    subject="Zurückweisung der Rechnung RE-4711 – bitte neu senden",
    text="Guten Tag,\n\ndie Prüfziffer stimmt nicht: äöüß €.\n.\nPunkt am Anfang.\n",
    attachments=(Attachment("Prüfbericht.html", "text/html", "<p>Größe</p>".encode()),),
)


@dataclass
class Place:
    """A mailer, and what has arrived at its other end."""

    mailer: Mailer
    arrived: Callable[[], list[EmailMessage]]


class _Receiver:
    """Keeps what a real SMTP server takes; refuses one recipient for good and one for now; its goodbye is an error."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: Any) -> str:
        if to.startswith("niemand@"):
            return "550 no such user"
        if to.startswith("spaeter@"):
            return "451 try again later"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "421 busy, but what came is kept" if self.kept else "221 Bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.kept.append(envelope.content)
        return "250 OK"


def _parsed(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def smtp(free_port: int) -> Iterator[Place]:
    receiver = _Receiver()
    controller = Controller(receiver, hostname="127.0.0.1", port=free_port)
    controller.start()
    try:
        mailer = open_mailer(f"smtp://127.0.0.1:{free_port}", SENDER)
        yield Place(mailer, lambda: [_parsed(data) for data in receiver.kept])
    finally:
        controller.stop()


@pytest.fixture
def spool(tmp_path: Path) -> Place:
    folder = tmp_path / "mail"
    mailer = open_mailer(f"spool://{folder}", SENDER)
    return Place(mailer, lambda: [_parsed(path.read_bytes()) for path in sorted(folder.glob("*.eml"))])


@pytest.fixture(params=["spool", "smtp"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


def test_a_mail_arrives_as_it_was_written(place: Place) -> None:
    place.mailer.send(MAIL)
    [found] = place.arrived()
    assert (found["From"], found["To"], found["Subject"]) == (SENDER, MAIL.to, MAIL.subject)
    assert found["Message-ID"] == "<01a2-reject@aueland.example>"
    body = found.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == MAIL.text
    [attachment] = found.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("Prüfbericht.html", "text/html")
    assert "Größe" in attachment.get_content()


def test_the_same_mail_again_carries_the_same_id(place: Place) -> None:
    place.mailer.send(MAIL)
    place.mailer.send(MAIL)
    assert {found["Message-ID"] for found in place.arrived()} == {"<01a2-reject@aueland.example>"}


@pytest.mark.parametrize(
    "to",
    [
        "",
        "kein",
        "a@b",
        "a@b.example\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "Name <a@b.example>",
        "a b@c.example",
        "<a@b.example>",
        "a@b..example",
        "a@b.example.",
        "a@bücher.example",
        "a@[127.0.0.1]",
        f"a@{'b' * 250}.example",
    ],
)
def test_what_is_no_single_address_is_refused(place: Place, to: str) -> None:
    with pytest.raises(MailRefused):
        place.mailer.send(replace(MAIL, to=to))
    assert place.arrived() == []


def test_a_line_break_in_the_subject_is_refused(place: Place) -> None:
    with pytest.raises(MailRefused):
        place.mailer.send(replace(MAIL, subject="Hallo\r\nBcc: alle@welt.example"))
    assert place.arrived() == []


def test_the_server_says_what_is_final_and_what_is_not(smtp: Place) -> None:
    with pytest.raises(MailRefused):
        smtp.mailer.send(replace(MAIL, to="niemand@lieferant.example"))
    with pytest.raises(MailUnavailable):
        smtp.mailer.send(replace(MAIL, to="spaeter@lieferant.example"))


def test_a_server_that_is_not_there_may_come_back(free_port: int) -> None:
    with pytest.raises(MailUnavailable):
        open_mailer(f"smtp://127.0.0.1:{free_port}", SENDER).send(MAIL)


def test_a_spool_that_cannot_be_written_may_be_mended(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("im Weg", encoding="utf-8")
    with pytest.raises(MailUnavailable):
        open_mailer(f"spool://{tmp_path / 'mail'}", SENDER).send(MAIL)
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]
