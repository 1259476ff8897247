"""The touchpoint: one contact of one customer with the brand, named after CloudEvents 1.0."""

from typing import Final

import msgspec

EARLIEST_MS: Final = 946_684_800_000  # 2000-01-01T00:00:00Z: whatever claims to be older has a broken clock
SKEW_MS: Final = 86_400_000  # a touchpoint may be dated this far after it was recorded, not more
MAX_DATA_BYTES: Final = 1 << 20  # a larger `data` is a dead letter


class Touchpoint(msgspec.Struct, frozen=True, gc=False):
    """One touchpoint as it travels on Kafka; the Avro record has the same fields in the same order.

    `time` is event time in milliseconds since the epoch, UTC. `data` is a JSON object as bytes (may be empty), decoded
    only where a rule on that type needs it. `customer` is the journey's key and the Kafka key. `id` is unique per
    `source`. `subject` names the business object (`order:123`) or is empty.
    """

    id: str
    source: str
    type: str
    time: int
    customer: str
    subject: str = ""
    data: bytes = b""
