"""What the records about a partition protect from."""

import msgspec
import pytest

from streams.errors import BrokerError
from streams.worker import meta
from streams.worker.meta import Claim, Facts, Meta, Process

PROCESS = Process("a", 1_000, "host-1-abc")
META = Meta(4, "murmur2", {"web": 10, "chat": 0}, {"web": "id-w", "chat": "id-c"}, 5, 7, 8)
FACTS = Facts(4, {"web": "id-w", "chat": "id-c"}, {"web": 8}, {"web": 12, "chat": 0})


def facts(**changes: object) -> Facts:
    """Return FACTS with changes."""
    return msgspec.structs.replace(FACTS, **changes)


def test_fresh_partition_begins_anywhere() -> None:
    """A partition that nobody has ever folded has no positions."""
    assert meta.admit(0, None, facts(committed={})) == {}


def test_goes_on_at_the_larger_of_commit_and_meta() -> None:
    """The commit lags behind the meta record, or the meta record behind the commit."""
    assert meta.admit(0, META, FACTS) == {"web": 10, "chat": 0}
    assert meta.admit(0, META, facts(committed={"web": 11})) == {"web": 11, "chat": 0}


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (None, FACTS, "committed offsets"),
        (META, facts(partitions=8), "from 4 partitions by murmur2, now there are 8"),
        (msgspec.structs.replace(META, partitioner="crc32"), FACTS, "by crc32"),
        (META, facts(incarnations={"web": "other", "chat": "id-c"}), "web was deleted and created again"),
        (META, facts(ends={"web": 9, "chat": 0}), "web ends at offset 9, but records up to 10"),
    ],
)
def test_refuses_what_would_be_deafness_or_amnesia(before: Meta | None, now: Facts, says: str) -> None:
    """Each refusal says what is wrong, where, and what to do."""
    with pytest.raises(BrokerError, match=says) as refused:
        meta.admit(3, before, now)
    assert refused.value.place == "partition 3"
    assert refused.value.remedy


def test_records_survive_their_encoding() -> None:
    """A claim and a meta record come back as they were."""
    claim = Claim(PROCESS, 7, 3, 99)
    assert meta.decode_claim(meta.encode(claim)) == claim
    assert meta.decode_meta(meta.encode(META)) == META


def test_only_a_younger_process_under_our_instance_id_usurps() -> None:
    """Our predecessor, ourselves, and workers of other names do not make us leave."""
    for harmless in (
        Process("a", 999, "host-0-xyz"),
        PROCESS,
        Process("b", 2_000, "host-2-xyz"),
    ):
        meta.refuse_usurped(Claim(harmless, 1, 1, 1), PROCESS, 0)
    nameless = Process("", 1_000, "host-1-abc")
    meta.refuse_usurped(Claim(Process("", 2_000, "host-2-xyz"), 1, 1, 1), nameless, 0)
    with pytest.raises(BrokerError, match="host-2-xyz"):
        meta.refuse_usurped(Claim(Process("a", 2_000, "host-2-xyz"), 1, 1, 1), PROCESS, 0)
