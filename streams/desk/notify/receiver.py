"""Who is told: a receiver with its channels, as the configuration declares it."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from streams.desk.notify.notice import Kind

EDITING = frozenset({"slack", "pagerduty", "webhook", "ticket"})  # can be told of an acknowledgement without noise


class ChannelSpec(msgspec.Struct, frozen=True):
    """One channel; `options` are those of its kind, secrets only as the name of a variable or of a file."""

    kind: str
    options: dict[str, str] = {}


class Receiver(msgspec.Struct, frozen=True):
    """Each notice goes to all channels. What one of them cannot deliver goes to the receiver named `fallback`."""

    name: str
    channels: tuple[ChannelSpec, ...]
    fallback: str = ""

    def slots(self) -> Iterator[tuple[str, ChannelSpec]]:
        """Yield the channels with their names within this receiver: `slack`, and `slack#2` for a second one."""
        seen: Counter[str] = Counter()
        for spec in self.channels:
            seen[spec.kind] += 1
            count = seen[spec.kind]
            yield (spec.kind if count == 1 else f"{spec.kind}#{count}"), spec


def is_for(slot: str, kind: Kind) -> bool:
    """Return whether a channel of this name is told a notice of this kind."""
    return kind is not Kind.ACKNOWLEDGED or slot.partition("#")[0] in EDITING
