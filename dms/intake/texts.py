"""Texts told apart: mail, HTML, plain writing, scripts that only look like it, and bytes that are no writing at all."""

import re
from typing import BinaryIO

from dms.intake.limits import IntakeLimits
from dms.intake.refusal import Refused

LIMITS = IntakeLimits()
TEXT_NAMES = (".txt", ".text", ".md", ".csv", ".tsv", ".log", ".asc")
PICTURE_NAMES = (
    ".pdf", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".heic", ".ico",
)  # fmt: skip
"""Names under which nobody stores a text."""
_XML_NAMES = (".xml", ".xsd", ".xsl", ".xslt")
_SCRIPT_NAMES = (
    ".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml", ".pht", ".phar", ".phps", ".pgif", ".inc",
    ".asp", ".aspx", ".asa", ".asax", ".ascx", ".ashx", ".asmx", ".cer", ".cshtml", ".vbhtml", ".soap", ".xamlx",
    ".jsp", ".jspx", ".jspf", ".jsw", ".cfm", ".cgi", ".shtml", ".shtm", ".stm", ".js", ".mjs", ".jse", ".ts", ".vbs",
    ".vbe", ".vb", ".wsf", ".wsh", ".wsc", ".sct", ".ps1", ".psm1", ".psd1", ".bat", ".cmd", ".sh", ".bash", ".ksh",
    ".csh", ".zsh", ".py", ".pyw", ".pl", ".pm", ".rb", ".lua", ".tcl", ".awk", ".hta", ".htc", ".svg", ".reg", ".inf",
    ".scf", ".url", ".desktop", ".command", ".applescript", ".ahk", ".au3", ".slk", ".iqy", ".m3u8", ".mvg", ".ps",
    ".eps", ".htaccess", ".user.ini", "web.config", "uwsgi.ini",
)  # fmt: skip
"""What a server, a shell or an office program would run or obey."""

PROGRAM_NAMES = (
    ".exe", ".com", ".scr", ".pif", ".cpl", ".dll", ".msi", ".msp", ".jar", ".lnk", ".iso", ".img", ".vhd", ".vhdx",
    ".hta", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".ps1", ".bat", ".cmd", ".reg", ".scf", ".url", ".chm",
)  # fmt: skip
"""Attachments that run when somebody opens them."""
PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")

_SCRIPT_TEXT = re.compile(
    r"<\?php|<%@|<script\b|@echo off|<!ENTITY\b|<!--#(?:exec|include)|^#EXTM3U|^\s*push graphic-context|^#!"
    r"|^\s*\[(?:InternetShortcut|AutoRun)\]|^Windows Registry Editor",
    re.IGNORECASE,
)
_ACTIVE_HTML = re.compile(
    rb"<(?:script|iframe|frame|object|embed|applet|base)\b|<[a-z][^<>]{0,4000}\son[a-z]{3,24}\s*="
    rb"|=[\"'\s]*(?:java|vb)script\s*:|charset\s*=[\"'\s]*utf-?7|http-equiv\s*=[\"'\s]*refresh|<\?(?:php|=)|<%|<!--#(?:exec|include)",
    re.IGNORECASE,
)
_HTML_START = re.compile(
    r"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|script|style|link|div|span|p|table|h[1-6]|br"
    r"|font|center|ul|ol|img|iframe|form)(?=[\s/>])[^<]*>",
    re.IGNORECASE | re.DOTALL,
)
_RTF_OBJECT = re.compile(rb"\\obj(?:data|emb|ocx|autlink|link|update)|\\\*\\template\b", re.IGNORECASE)
_MAIL_HEADER = re.compile(
    r"(from|to|cc|subject|date|received|message-id|return-path|mime-version|content-type|delivered-to|reply-to|x-[\w-]+):",
    re.IGNORECASE,
)
_LEAST_PLAIN = 0.8
_LONGEST_WORD = 40


def decoded(head: bytes) -> str | None:
    """The characters of the beginning of a text, None where the bytes are no writing.

    UTF-8, UTF-16 (with mark, or recognisable as XML) and the single-byte encodings of old; what is cut at the end of
    `head` does not matter.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _sane(head[: len(head) // 2 * 2].decode("utf-16", "replace"))
    for start, encoding in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if head.startswith(start):
            return _sane(head[: len(head) // 2 * 2].decode(encoding, "replace"))
    try:
        return _sane(head.decode("utf-8"))
    except UnicodeDecodeError as exc:
        if exc.start >= len(head) - 3 and exc.start > 0:
            return _sane(head[: exc.start].decode("utf-8"))
    ascii_share = sum(byte < 128 for byte in head) / len(head)
    return _sane(legacy(head)) if ascii_share >= _LEAST_PLAIN else None


def legacy(data: bytes) -> str:
    """The characters of an old single-byte text: Windows, or DOS where Windows knows no such character."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("cp850")


def _sane(text: str) -> str | None:
    """The text unless more than 2 % of it are control characters or replacements."""
    start = text[:4096]
    wrong = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\f\x1b") for char in start)
    return text if wrong * 50 <= len(start) else None


def is_mail(start: str, name: str) -> bool:
    """A mail by its headers; one header is enough in a file of that name."""
    lines = start[:8192].splitlines()[:60]
    headers = sum(bool(_MAIL_HEADER.match(line)) for line in lines)
    return headers >= 2 or (name.endswith(".eml") and (headers >= 1 or bool(re.match(r"[\w-]+:", start))))


def is_html(start: str, name: str) -> bool:
    """HTML by its first tag or its name; under the name of an XML file it must be XML."""
    if name.endswith(_XML_NAMES):
        return False
    return name.endswith((".html", ".htm", ".xhtml")) or bool(_HTML_START.match(start[:4096]))


def refuse_active_html(source: BinaryIO) -> None:
    """Refuse HTML that runs, loads or forwards something."""
    source.seek(0)
    if _ACTIVE_HTML.search(source.read(LIMITS.text_bytes).replace(b"\x00", b"")):
        raise Refused("content.script")


def has_rtf_object(source: BinaryIO) -> bool:
    """Whether an RTF brings another program's object or a template from elsewhere."""
    source.seek(0)
    return bool(_RTF_OBJECT.search(source.read(LIMITS.file_bytes)))


def plain_type(text: str, name: str) -> str:
    """The media type of plain writing; scripts are refused, and what is no writing without a name that says so."""
    if name.endswith(_SCRIPT_NAMES) or _SCRIPT_TEXT.search(text):
        raise Refused("content.script")
    if name.endswith(".xml"):
        raise Refused("xml.malformed")
    if not name.endswith(TEXT_NAMES) and not _reads_as_writing(text):
        raise Refused("content.unknown")
    return "text/csv" if name.endswith(".csv") else "text/plain"


def _reads_as_writing(text: str) -> bool:
    """Words of usual length made of letters and digits, not a code of printable characters."""
    sample = text[:4096]
    words = sample.split()
    plain = sum(char.isalnum() or char.isspace() or char in ".,-" for char in sample)
    return plain >= _LEAST_PLAIN * len(sample) and len(sample) <= _LONGEST_WORD * max(1, len(words))
