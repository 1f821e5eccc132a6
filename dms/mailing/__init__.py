"""Mails that leave the house, through a spool folder or an SMTP server."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from dms.mailing.base import Attachment, Mail, Mailer, MailError, MailRefused, MailUnavailable, checked_address

__all__ = [
    "Attachment",
    "Mail",
    "MailError",
    "MailRefused",
    "MailUnavailable",
    "Mailer",
    "checked_address",
    "open_mailer",
]


def open_mailer(url: str, sender: str) -> Mailer:
    """The mailer behind `url`: ``spool:///folder``, ``smtp://…`` or ``smtps://…``; `sender` is the address it uses.

    Raises `ValueError` for any other form.
    """
    parts = urlsplit(url)
    if parts.scheme == "spool":
        from dms.mailing.spool import SpoolMailer

        return SpoolMailer(Path(unquote(parts.path)), sender)
    if parts.scheme in ("smtp", "smtps"):
        from dms.mailing.smtp import SmtpMailer

        return SmtpMailer(parts, sender)
    raise ValueError("a mail address starts with spool:///, smtp:// or smtps://")
