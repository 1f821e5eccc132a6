"""What must hold before pages are served: a certificate that browsers will take, and a port of our own."""

import errno
import socket
import ssl
from pathlib import Path

from dms.config import Settings

_EXPIRED, _NOT_YET, _OTHER_HOST, _OTHER_ADDRESS = 10, 9, 62, 64
"""OpenSSL's X509_V_ERR_… numbers (x509_vfy.h)."""
_FAULTS = {_EXPIRED: "expired", _NOT_YET: "not_yet", _OTHER_HOST: "host", _OTHER_ADDRESS: "host"}


class CertificateUnusable(Exception):
    """`code` says why (dms/cli/wording.py); `params` fill its sentence."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class PortUnavailable(Exception):
    """The port cannot be opened: ``taken``, ``denied`` or ``address``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_certificate(settings: Settings) -> None:
    """Do the handshake that a browser would do, in memory; raises `CertificateUnusable`.

    The certificate itself is what this browser trusts, so who issued it is not judged; dates, purpose, the public host
    and the key are.
    """
    if settings.tls_cert is None or settings.tls_key is None:
        return
    server = _server(settings.tls_cert, settings.tls_key)
    browser = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    browser.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    browser.load_verify_locations(cafile=settings.tls_cert)
    browser.check_hostname = settings.public_host is not None
    try:
        _shake_hands(server, browser, settings.public_host)
    except ssl.SSLCertVerificationError as exc:
        code = _FAULTS.get(exc.verify_code, "refused")
        params = {"file": str(settings.tls_cert), "host": settings.public_host or "", "cause": exc.verify_message}
        raise CertificateUnusable(code, **params) from exc


def _server(cert: Path, key: Path) -> ssl.SSLContext:
    for file in (cert, key):
        try:
            file.read_bytes()
        except OSError as exc:
            raise CertificateUnusable("unreadable", file=str(file), cause=exc.strerror or "") from exc
    if b"ENCRYPTED" in key.read_bytes():
        raise CertificateUnusable("encrypted", file=str(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            raise CertificateUnusable("mismatch") from exc
        raise CertificateUnusable("format", file=f"{cert} / {key}") from exc
    return context


def _shake_hands(server: ssl.SSLContext, browser: ssl.SSLContext, host: str | None) -> None:
    """Pass bytes between the two ends until both are content; raises `ssl.SSLError`."""
    to_server, to_browser = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        browser.wrap_bio(to_browser, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_browser, server_side=True),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                continue


def open_port(host: str, port: int, *, attempts: int = 1) -> socket.socket:
    """A listening socket on `port` or, when it is taken, on one of the next; raises `PortUnavailable`.

    It is opened before anything else is started, so that nobody can take the port in between. Its connections send at
    once (asyncio sees to that for sockets of other makes only): a page of two packets waited 40 ms for the browser to
    confirm the first.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in range(port, min(port + attempts, 65536)):
        try:
            listener = socket.create_server((host, number), family=family, backlog=2048)
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                raise PortUnavailable("denied" if isinstance(exc, PermissionError) else "address") from exc
            continue
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    raise PortUnavailable("taken")
