"""Every route of an application with the rule that its guard keeps."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from dms.actor import Action
from dms.edge.guard import GuardedRoute


@dataclass(frozen=True, order=True)
class Route:
    """One method at one address; no rule means that it is public."""

    path: str
    method: str
    rule: Action | None

    def __str__(self) -> str:
        return f"{self.method:<4} {self.path} {self.rule or 'public'}"


def routes_of(app: FastAPI) -> tuple[list[Route], list[str]]:
    """The guarded routes, and the addresses of whatever else answers requests (`app.routes` hides included routers)."""
    found, others = [], []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, GuardedRoute):
            found += [Route(str(context.path), method, route.rule) for method in sorted(context.methods or ())]
        else:
            others.append(str(context.path))
    return sorted(found, key=str), others
