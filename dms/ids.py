"""Identifiers: UUID version 7 (RFC 9562), ordered by time, made by the application."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new identifier: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def parse_uuid(text: str) -> uuid.UUID | None:
    """The identifier written in `text`, or None when it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
