"""Who may call what is written down: a new route, or another rule for an old one, shows in the review."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI

from dms.api.caller import TokenRoute
from dms.api.server import create_app as create_api
from dms.web.routing import GuardedRoute
from dms.web.server import create_app as create_pages
from tests.factories import opened
from tests.routes import routes_of

TABLE = Path(__file__).parent / "routes.txt"


@pytest.mark.parametrize("edge", ["pages", "api"])
def test_the_routes_and_their_rules_are_those_of_the_table(edge: str, tmp_path: Path) -> None:
    with opened(tmp_path, workers=False) as platform:
        app = create_api(platform) if edge == "api" else create_pages(platform, bind="127.0.0.1:8080")
    found, others = routes_of(app)
    assert others == ([] if edge == "api" else ["/static"])
    assert len(found) >= (10 if edge == "api" else 30), "the walk sees included routers"
    assert [str(route) for route in found] == _written(is_api=edge == "api")


def _written(*, is_api: bool) -> list[str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return [line for line in rules if (line.split()[1].startswith("/api/")) == is_api]


@pytest.mark.parametrize("guarded", [GuardedRoute, TokenRoute])
def test_a_route_without_a_rule_cannot_be_registered(guarded: type) -> None:
    def forgotten() -> None:
        """Nobody said who may."""

    app, router = FastAPI(), APIRouter(route_class=guarded)
    app.router.route_class = guarded
    registrations: list[Callable[..., object]] = [app.get("/a"), router.post("/b")]
    for register in registrations:
        with pytest.raises(TypeError, match="say @requires"):
            register(forgotten)
