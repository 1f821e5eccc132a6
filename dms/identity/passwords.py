"""Password hashes: argon2id, bounded in concurrency so that logins cannot exhaust the machine."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_LENGTH = 10

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_SLOTS = threading.BoundedSemaphore(4)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$zsKFxpKLnYDM80uI32ilPw$dXZugi/IUbjL5Z7LNiTt07FSi7SiKWgCFDswUfMtBfM"
"""Of a password that was drawn and forgotten: what an unknown account is compared with."""


def hash_password(password: str) -> str:
    """The argon2id hash (19 MiB, t=2, p=1) of a password."""
    with _SLOTS:
        return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """True when the password is the one behind `stored`; an unknown account (None) costs the same time."""
    with _SLOTS:
        try:
            return _HASHER.verify(stored or _NOBODY, password) and stored is not None
        except (Argon2Error, InvalidHashError):
            return False
