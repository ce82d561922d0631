"""The one serving process that is measured: what `besa run` serves, with uvloop and httptools.

`python -m bench.worker PORT [PROFILE]`: settings come from the environment; with PROFILE a cProfile is written there.
"""

import cProfile
import sys

import uvicorn

from app.commands.serving import application


def serve(port: int, profile: str | None) -> None:
    """Serve on loopback until a signal comes."""
    config = uvicorn.Config(
        application(), port=port, log_config=None, access_log=False, server_header=False, loop="uvloop",
        http="httptools", ws="none",
    )  # fmt: skip
    taking = cProfile.Profile() if profile else None
    if taking:
        taking.enable()
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        pass
    finally:
        if taking and profile:
            taking.disable()
            taking.dump_stats(profile)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
