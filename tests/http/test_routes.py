"""What every route promises, whatever it does."""

from inspect import iscoroutinefunction

from fastapi.routing import APIRoute

from app.api import routers as api_routers
from app.web import routers as web_routers


def test_no_request_waits_for_a_thread() -> None:
    routes = [
        route for router in [*api_routers(), *web_routers()] for route in router.routes if isinstance(route, APIRoute)
    ]
    assert len(routes) > 100
    for route in routes:
        called = [route.dependant, *route.dependant.dependencies]
        assert all(iscoroutinefunction(one.call) for one in called), route.path
