"""The real program on loopback for browser tests: its own thread, loop and database, with a few stories in it."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
from playwright.sync_api import Browser, BrowserContext

from tests import cluster as clusters
from tests.world import World

T = TypeVar("T")


@dataclass
class Site:
    """A running program; `story` holds the ids that its setup made."""

    url: str
    world: World
    loop: asyncio.AbstractEventLoop
    story: dict[str, str] = field(default_factory=dict)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the program's own loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def context(self, browser: Browser, login: str | None, **device: Any) -> BrowserContext:
        """Return a browser context, signed in as a demonstration person."""
        context = browser.new_context(**device)
        if login is not None:
            token = self.run(self.world.token(login))
            context.add_cookies([{"name": "besa", "value": token, "url": self.url}])
        return context


@contextmanager
def site(database: clusters.Database, setup: Callable[[World], Awaitable[dict[str, str]]]) -> Iterator[Site]:
    """Serve the program over a prepared database, after `setup` made its stories."""
    ready = threading.Event()
    made: list[Site] = []
    failed: list[BaseException] = []
    server: list[uvicorn.Server] = []

    async def serve() -> None:
        world = World.over(database)
        story = await setup(world)
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        running = uvicorn.Server(uvicorn.Config(world.app, log_level="error", lifespan="off", access_log=False))
        server.append(running)
        made.append(Site(f"http://127.0.0.1:{port}", world, asyncio.get_running_loop(), story))
        # the socket listens already: whoever connects before the server has started waits a moment
        listening.listen(64)
        ready.set()
        await running.serve(sockets=[listening])
        await world.program.database.close()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # the test thread must not wait for ever
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(120)
    if failed:
        raise failed[0]
    try:
        yield made[0]
    finally:
        server[0].should_exit = True
        thread.join(20)
