"""Mails through an SMTP server, encrypted where the address says so."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, parse_qs, unquote

from dms.mailing.base import Mail, MailRefused, MailUnavailable, as_message

SECONDS = 30
PERMANENT = 500
"""From this reply code on the server means it (RFC 5321, 4.2.1)."""


class SmtpMailer:
    """`Mailer` for ``smtps://user:password@host:465`` or ``smtp://host:587?starttls=1``."""

    def __init__(self, url: SplitResult, sender: str) -> None:
        self._url, self._sender = url, sender
        self._wants_starttls = parse_qs(url.query).get("starttls") == ["1"]

    def send(self, mail: Mail) -> None:
        """See `Mailer.send`."""
        message = as_message(mail, self._sender)
        is_taken = False
        try:
            with self._connected() as server:
                server.send_message(message)
                is_taken = True
        except (smtplib.SMTPException, OSError) as exc:
            if not is_taken:  # a goodbye that fails makes nothing undone: sent again, the mail would come twice
                raise _failure(exc) from exc

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        host, secure = self._url.hostname or "localhost", ssl.create_default_context()
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=SECONDS, context=secure)
        else:
            server = smtplib.SMTP(host, self._url.port or 25, timeout=SECONDS)
        with server:
            if self._wants_starttls:
                server.starttls(context=secure)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            yield server


def _failure(error: smtplib.SMTPException | OSError) -> MailRefused | MailUnavailable:
    """A login that fails is a matter of the set-up and may be mended; everything else from 500 on is final."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _ in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    else:
        return MailUnavailable(type(error).__name__)
    is_final = code >= PERMANENT and not isinstance(error, smtplib.SMTPAuthenticationError)
    return MailRefused(f"smtp {code}") if is_final else MailUnavailable(f"smtp {code}")
