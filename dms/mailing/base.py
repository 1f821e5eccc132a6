"""What a mailer promises, whatever takes the mails."""

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Protocol

MAX_ADDRESS = 254
"""As long as a path of SMTP may be (RFC 5321, 4.5.3.1.3)."""
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class MailError(Exception):
    """Anything a mailer can refuse or fail at."""


class MailUnavailable(MailError):
    """The mail server cannot take anything now; the same call may succeed later."""


class MailRefused(MailError):
    """This mail is not taken, now or later: wrong address, refused recipient, too large."""


@dataclass(frozen=True)
class Attachment:
    """A file of a mail; `media_type` is ``type/subtype``, texts are UTF-8."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one recipient. `key` is unique per mail: sent twice, a receiver sees one Message-ID."""

    key: str
    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Sends mails, one at a time.

    When `send` returns, whoever takes the mails has this one for good. After a crash the same mail may be sent again;
    it then carries the same Message-ID.
    """

    def send(self, mail: Mail) -> None:
        """Raises `MailUnavailable` (try again later) or `MailRefused` (a person must look)."""
        ...


def as_message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as RFC 5322 wants it; raises `MailRefused` for an address or subject that would break its headers."""
    message = EmailMessage()
    try:
        message["From"] = checked_address(sender)
        message["To"] = checked_address(mail.to)
        message["Subject"] = mail.subject
        message["Message-ID"] = f"<{mail.key}@{checked_address(sender).domain}>"
        message["Auto-Submitted"] = "auto-generated"
    except ValueError as exc:
        raise MailRefused("mail.header") from exc
    message.set_content(mail.text)
    for attachment in mail.attachments:
        main, _, sub = attachment.media_type.partition("/")
        params = {"charset": "utf-8"} if main == "text" else {}
        message.add_attachment(attachment.data, maintype=main, subtype=sub, filename=attachment.name, params=params)
    return message


def checked_address(text: str) -> Address:
    """The one address that `text` is; raises `MailRefused` for anything else (lists, names, line breaks, no domain).

    A domain with umlauts must come in its ASCII form, an IP address in brackets is none: the mail could not be sent.
    """
    try:
        address = Address(addr_spec=text.strip())
    except (MessageError, ValueError, IndexError, AttributeError) as exc:
        raise MailRefused("mail.address") from exc
    is_short = len(str(address)) <= MAX_ADDRESS
    is_plain = _DOMAIN.fullmatch(address.domain) is not None and text.strip().isprintable()
    if not address.username or not is_short or not is_plain:
        raise MailRefused("mail.address")
    return address
