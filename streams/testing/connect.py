"""A gateway with its page on a real port of this machine, for tests: real keys in a folder, touchpoints in memory."""

from pathlib import Path
from typing import Final

from streams.codec import vocabulary
from streams.codec.events import EventSchemas
from streams.gateway.api.app import create_app
from streams.gateway.api.bodies import Limits, Room
from streams.gateway.api.entrance import Entrance
from streams.gateway.api.touchpoints import Touchpoints
from streams.gateway.api.watch import Watching
from streams.gateway.connect.assets import touchpoint_js
from streams.gateway.connect.guard import Guard
from streams.gateway.connect.routes import create_routes
from streams.gateway.connect.script import create_script_route
from streams.gateway.connect.watch import Watch
from streams.gateway.door import Door, Unknown
from streams.gateway.gate import Gate
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.ring import Ring
from streams.gateway.run import wall_clock
from streams.telemetry.gateway import GatewayRecorder
from streams.testing.gateway import MemorySink
from streams.testing.served import Served

ADMIN: Final = "an admin token of the tests, long enough"


class ServedGateway(Served):
    """Serve it while the context lasts; `sink` holds what was taken, `keeper` changes its keys."""

    def __init__(self, data_dir: Path, base_url: str = "") -> None:
        path = place(data_dir)
        self.sink, self.watch = MemorySink(), Watch()
        self.keeper, self.ring = Keeper(path, wall_clock), Ring(path, wall_clock)
        hasher = Hasher(b"s" * 32)
        door = Door(vocabulary.shipped(), EventSchemas(), hasher, Masks(hasher))
        limits, watching = Limits(bytes_=100_000, items=1_000, sec=5.0), Watching(GatewayRecorder(), None)
        gate = Gate(door, self.sink, wall_clock, [watching.judged, self.watch.saw])
        entrance = Entrance(gate, self.ring, limits, Room(1 << 24), watching)
        guard = Guard(ADMIN, wall_clock)
        page = create_routes(self.ring, self.keeper, self.watch, guard=guard, now=wall_clock, base_url=base_url)
        beside = [create_script_route(touchpoint_js().body), *page]
        super().__init__(create_app(entrance, [Touchpoints(Unknown.REFUSE)], is_ready=self._is_ready, beside=beside))

    async def _is_ready(self) -> bool:
        return True
