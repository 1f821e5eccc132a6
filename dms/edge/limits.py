"""How long the body of a request may be: a little everywhere, much where files come in.

A route that takes files says so by ``max_body_size=UPLOAD_BYTES``; what is counted and when is Starlette's
`RequestBodyLimitMiddleware`: first what is declared, then what really comes.
"""

from fastapi import FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware, RequestBodyLimitResponder
from starlette.types import Message, Receive, Scope, Send

from dms.intake.limits import MEBIBYTE
from dms.intake.receive import LIMITS

BODY_BYTES = MEBIBYTE
"""Forms and JSON documents: a page of coding lines takes a few KiB; also for whoever has not logged in."""
UPLOAD_BYTES = LIMITS.file_bytes + MEBIBYTE
"""All files of one request together, and what multipart puts around them."""


def limit_bodies(app: FastAPI) -> None:
    """Refuse longer bodies with 413; call it before other middleware is added, so that it is the innermost."""
    app.add_middleware(_BodyLimit, max_body_size=BODY_BYTES)


class _BodyLimit(RequestBodyLimitMiddleware):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Responder(self.app, self.max_body_size)(scope, receive, send)


class _Responder(RequestBodyLimitResponder):
    async def send_with_limit(self, message: Message) -> None:
        """Send what the edge answers; the base class puts English plain text in its place."""
        self.response_started = self.response_started or message["type"] == "http.response.start"
        await self.send(message)
