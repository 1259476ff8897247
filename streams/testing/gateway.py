"""The gateway without its edges: keys and touchpoints in memory, and a whole application over them."""

from collections.abc import Mapping, Sequence

from streams.codec import vocabulary
from streams.codec.events import EventSchemas
from streams.gateway.api.app import create_app
from streams.gateway.api.bodies import Limits, Room
from streams.gateway.api.entrance import Entrance
from streams.gateway.api.segment import CALLS, SegmentCall
from streams.gateway.api.touchpoints import Events, Touchpoints
from streams.gateway.api.watch import Watching
from streams.gateway.api.webhooks import Webhook
from streams.gateway.door import Door, Unknown
from streams.gateway.gate import Gate
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Admitted
from streams.gateway.port import Full, Stored, Wait
from streams.gateway.providers.provider import Provider
from streams.telemetry.gateway import GatewayRecorder
from streams.telemetry.tracing import OFF, Tracer
from streams.touchpoints.touchpoint import Touchpoint

NOW = 1_790_000_000_000  # 2026-09-21T14:13:20Z
SERVER, BROWSER, WEBHOOK = "server-key", "browser-key", "webhook-key"
ORIGIN = "https://shop.example"
KEYS = {
    SERVER: Key(id="k1", source="//shop.example"),
    BROWSER: Key(
        id="k2",
        source="//shop.example/web",
        kind=Kind.BROWSER,
        types=("page.*", "payment.failed", "click.raged"),
        origins=(ORIGIN,),
    ),
    WEBHOOK: Key(id="k3", source="//till.example", kind=Kind.WEBHOOK, provider="pos"),
}


class MemorySink:
    """Keeps what it is given; `answer` is what it says, and Full keeps nothing."""

    def __init__(self) -> None:
        self.admitted: list[Admitted] = []
        self.answer: Stored | Full = Stored.BROKER

    @property
    def touchpoints(self) -> list[Touchpoint]:
        """What is safe, in its order."""
        return [each.touchpoint for each in self.admitted]

    async def put(self, admitted: Sequence[Admitted]) -> Stored | Full:
        """Keep it."""
        if not isinstance(self.answer, Full):
            self.admitted += admitted
        return self.answer


class MemoryRing:
    """Keys by their text; `left` is how many items may still be sent with each."""

    def __init__(self, keys: Mapping[str, Key] | None = None) -> None:
        self.keys = dict(KEYS if keys is None else keys)
        self.left = 1 << 30

    def find(self, text: str) -> Key | None:
        """Return the key of a text."""
        return self.keys.get(text)

    def get(self, key_id: str) -> Key | None:
        """Return a key by its id."""
        return next((key for key in self.keys.values() if key.id == key_id), None)

    def spend(self, key: Key, items: int) -> Wait | None:
        """Take so many."""
        if items > self.left:
            return Wait(7)
        self.left -= items
        return None

    def origins(self) -> frozenset[str]:
        """Return the origins of the pages of all browser keys."""
        return frozenset(origin for key in self.keys.values() for origin in key.origins)


class MemoryGateway:
    """A whole gateway but for the server; `app` is its application."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        room: int = 1 << 24,
        unknown: Unknown = Unknown.REFUSE,
        providers: Mapping[str, Provider] | None = None,
        secrets: Mapping[str, str] | None = None,
        tracer: Tracer = OFF,
    ) -> None:
        self.sink = MemorySink()
        self.ring = MemoryRing()
        self.recorder = GatewayRecorder(tracer)
        self.is_ready = True
        hasher = Hasher(b"s" * 32)
        door = Door(vocabulary.shipped(), EventSchemas(), hasher, Masks(hasher))
        bounds = limits or Limits(bytes_=100_000, items=1_000, sec=5.0)
        self.watching = Watching(self.recorder, None)
        self.gate = Gate(door, self.sink, lambda: NOW, [self.watching.judged])
        self.entrance = Entrance(self.gate, self.ring, bounds, Room(room), self.watching, tracer=tracer)
        native = [Touchpoints(unknown), Events(unknown)]
        segment = [SegmentCall(call, lambda: NOW) for call in CALLS]
        webhooks = [
            Webhook(name, provider, (secrets or {}).get(name, ""), "https://in.example", lambda: NOW)
            for name, provider in (providers or {}).items()
        ]
        self.app = create_app(self.entrance, [*native, *segment, *webhooks], is_ready=self.ready)

    async def ready(self) -> bool:
        """Tell whether it is ready."""
        return self.is_ready
