"""Limits of what may come in, each with the reason why it is where it is (docs/operations.md, "Limits")."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class IntakeLimits:
    """Sizes are counted while streaming, never believed."""

    file_bytes: int = 200 * MEBIBYTE
    sidecar_bytes: int = MEBIBYTE
    pages: int = 2000
    text_bytes: int = 2 * MEBIBYTE
    zip_entries: int = 5000
    zip_unpacked_bytes: int = 256 * MEBIBYTE
    zip_ratio: int = 200
    mail_parts: int = 200
    mail_depth: int = 10
    mail_header_bytes: int = 256 * 1024
