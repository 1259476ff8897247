"""The touchpoints of one run: who sends what when. Some are late, some come twice, some cannot be read."""

import random
from typing import Final, NamedTuple

import msgspec

from streams.codec.partitioner import home_of
from streams.codec.times import to_rfc3339
from streams.codec.touchpoint import encode
from streams.touchpoints.touchpoint import Touchpoint
from tests.simulation import job
from tests.simulation.log import Place
from tests.simulation.loop import EPOCH

CUSTOMERS: Final = 16
KINDS: Final = {
    "page.viewed": (job.WEB, 4),
    "payment.failed": (job.WEB, 5),
    "order.completed": (job.WEB, 2),
    "message.received": (job.CHAT, 4),
    "message.sent": (job.CHAT, 3),
    "promise.opened": (job.RECOVERY, 3),
    "promise.kept": (job.RECOVERY, 1),
}
LATE_MS: Final = 3_000
TWICE: Final = 0.06
UNREADABLE: Final = 0.02
MARKER: Final = 0.05
DUE_SEC: Final = (3, 14)


class Sent(NamedTuple):
    """One record of a producer; `gap`: a marker of a transaction follows it."""

    at: float  # seconds since the run began
    place: Place
    key: bytes
    value: bytes
    gap: bool


def traffic(seed: int) -> list[Sent]:
    """Return the records of a run, as they are sent, in waves with silence between them."""
    draw = random.Random(f"traffic {seed}")
    waves, clock = [(0.0, 8.0)], 8.0
    for _ in range(draw.randint(0, 2)):
        start = clock + draw.choice((2.0, 7.0, 20.0))
        clock = start + draw.uniform(2.0, 7.0)
        waves.append((start, clock))
    times = sorted(draw.uniform(*draw.choice(waves)) for _ in range(draw.randint(50, 120)))
    sent: list[Sent] = []
    for number, at in enumerate(times):
        if draw.random() < UNREADABLE:
            key = _customer(draw)
            sent.append(Sent(at, _place(job.WEB, key), key, b"garbage", False))
        elif sent and draw.random() < TWICE:
            again = draw.choice(sent)
            sent.append(again._replace(at=at))
        else:
            sent.append(_one(draw, number, at))
    return sent


def _one(draw: random.Random, number: int, at: float) -> Sent:
    kind = draw.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
    key = _customer(draw)
    time_ms = int((EPOCH + at) * 1000) - draw.choice((0, 0, 0, draw.randint(0, LATE_MS)))
    subject = f"conversation:{draw.randrange(2)}" if kind.startswith("message") else ""
    body = b""
    if kind.startswith("promise"):
        subject = f"promise:{draw.randrange(2)}"
        body = msgspec.json.encode({"due_at": to_rfc3339(time_ms + draw.randint(*DUE_SEC) * 1000)})
    touchpoint = Touchpoint(f"t{number}", "//simulation", kind, time_ms, key.decode(), subject, body)
    return Sent(at, _place(KINDS[kind][0], key), key, encode(touchpoint), draw.random() < MARKER)


def _customer(draw: random.Random) -> bytes:
    return f"c{min(draw.randrange(CUSTOMERS), draw.randrange(CUSTOMERS))}".encode()


def _place(topic: str, key: bytes) -> Place:
    return topic, home_of(key, job.PARTITIONS)
