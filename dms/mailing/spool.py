"""Mails as files in a folder, for whoever sends them on or just looks: one ``KEY.eml`` each, complete by one rename."""

import os
import re
from email.policy import SMTP
from pathlib import Path

from dms.mailing.base import Mail, MailUnavailable, as_message


class SpoolMailer:
    """`Mailer` that writes below `folder`; a mail sent again replaces its own file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    def send(self, mail: Mail) -> None:
        """See `Mailer.send`."""
        data = as_message(mail, self._sender).as_bytes(policy=SMTP)
        name = re.sub(r"[^\w.-]", "_", mail.key, flags=re.ASCII)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside = self._folder / f".{name}.part"
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._folder / f"{name}.eml")
        except OSError as exc:
            raise MailUnavailable(exc.strerror or type(exc).__name__) from exc
