"""What any version has written is read by this one: golden files that nobody ever writes again."""

import zlib
from pathlib import Path

import msgspec
import pytest

from streams.alerts.alert import Alert
from streams.alerts.partition import Partition
from streams.errors import CorruptError
from streams.journeys import journey, layouts
from streams.rules.compile import compile_rules
from streams.testing.journeys import SHOP, Harness
from streams.worker import meta
from tests.contract.golden import files
from tests.contract.golden.histories import CHANGED, HISTORIES, LIMITS, RULES, History, Kept, kept, owner_of
from tests.contract.golden.records import GOLDEN, Golden

WRITTEN = [
    (golden, version, case)
    for golden in GOLDEN
    for version in files.versions(golden.record)
    for case in files.cases(golden.record, version)
]
JOURNEYS = [(version, case) for golden, version, case in WRITTEN if golden.record == "journey"]
OTHERS = [(golden, version, case) for golden, version, case in WRITTEN if golden.record != "journey"]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.record)
def test_a_record_is_written_as_its_newest_golden_version_or_is_another_version(golden: Golden) -> None:
    """Who changes what is written raises the version and runs `python -m tests.contract.golden`; see there."""
    assert files.versions(golden.record)[-1] == golden.version
    assert files.cases(golden.record, golden.version) == golden.today()


@pytest.mark.parametrize(("golden", "version", "case"), OTHERS, ids=lambda part: getattr(part, "record", str(part)))
def test_every_version_of_a_record_is_read(golden: Golden, version: int, case: str) -> None:
    """It says today what it said to the program that wrote it."""
    assert golden.decode(files.cases(golden.record, version)[case]) == golden.content()[case]


@pytest.mark.parametrize(("version", "case"), JOURNEYS)
def test_a_journey_of_every_version_goes_on_as_if_nothing_had_been(version: int, case: str) -> None:
    """Folding on from the record says exactly what is said without a stop: alerts, ids and revisions."""
    history = HISTORIES[case]
    found = msgspec.msgpack.decode(files.cases("journey", version)[case], type=Kept)
    assert said_on(history, found) == said_without_a_stop(history)


@pytest.mark.parametrize("case", HISTORIES)
def test_a_history_has_something_to_say_after_the_cut(case: str) -> None:
    """Or the test above would show nothing."""
    before, whole = owner_of(HISTORIES[case]), owner_of(HISTORIES[case])
    for do in HISTORIES[case].before:
        do(before)
    for do in (*HISTORIES[case].before, *HISTORIES[case].after):
        do(whole)
    assert len(whole.alerts) > len(before.alerts)


def said_on(history: History, found: Kept) -> list[Alert]:
    """Return all that is said by somebody who finds these records, and what was said before them."""
    before = owner_of(history)
    for do in history.before:
        do(before)
    owner = owner_of(history)
    owner._offset = before._offset
    owner.regimes = found.regimes
    owner.partition.restore((key.encode(), record) for key, record in found.records.items())
    owner.partition.start(found.clock)
    if found.regimes:
        owner.partition.adopt(compile_rules(CHANGED, SHOP, LIMITS), found.regimes, {rule.id: rule for rule in RULES})
    owner.flush()
    for do in history.after:
        do(owner)
    return ordered([*before.alerts, *owner.alerts])


def said_without_a_stop(history: History) -> list[Alert]:
    """Return all that is said where nobody stops."""
    owner = owner_of(history)
    for do in history.before:
        do(owner)
    owner.flush()
    for do in history.after:
        do(owner)
    return ordered(owner.alerts)


def ordered(alerts: list[Alert]) -> list[Alert]:
    """Return alerts by id and revision."""
    return sorted(alerts, key=lambda alert: (alert.alert_id, alert.revision))


def older(record: bytes) -> bytes:
    """Return the record as a version 0 might have had it: without the byte of flags."""
    return bytes([0]) + record[2:]


def newer(record: bytes) -> bytes:
    """Return the record of version 1 of that one."""
    made, _ = journey.decode("", _with_checksum(bytes([journey.VERSION, 0]) + record[1:-4]))
    return journey.encode(made, b"", pending=False)


def _with_checksum(record: bytes) -> bytes:
    return record + zlib.crc32(record).to_bytes(4, "little")


def test_a_journey_of_an_older_layout_is_brought_up_to_date_when_it_is_read_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker knows one layout; whatever lay on the changelog in an older one is written in today's."""
    monkeypatch.setitem(layouts.STEPS, 0, newer)
    found = kept(HISTORIES["first"])
    core = partition()
    core.restore((key.encode(), older(record)) for key, record in found.records.items())
    core.start(found.clock)
    assert [core.value(key.encode()) for key in found.records] == list(found.records.values())


def test_a_journey_of_a_newer_version_is_refused_with_the_remedy() -> None:
    """After a rollback nobody guesses: the worker says which version it needs before it folds anything."""
    core = partition()
    core.restore([(b"c1", bytes([journey.VERSION + 1]) + b"whatever it will be")])
    with pytest.raises(CorruptError, match=f"version {journey.VERSION + 1}; this program reads") as caught:
        core.start()
    assert "run the version that wrote it" in caught.value.remedy


def test_a_partition_of_a_newer_version_is_refused_with_the_remedy() -> None:
    """The meta record bears the version of all that lies beside the journeys."""
    noted = meta.Meta(8, meta.PARTITIONER, {}, {}, 0, 0, 0, version=meta.VERSION + 1)
    with pytest.raises(CorruptError, match=f"version {meta.VERSION + 1}") as caught:
        meta.decode_meta(meta.encode(noted))
    assert "run the version" in caught.value.remedy


def test_golden_files_are_never_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is what an earlier program wrote, whatever this one would write."""
    monkeypatch.setattr(files, "HERE", tmp_path)
    assert [path.name for path in files.write("journey", 1, {"a": b"1"})] == ["a.bin"]
    assert files.write("journey", 1, {"a": b"2"}) == []
    assert files.cases("journey", 1) == {"a": b"1"}


def partition() -> Partition:
    """Return an empty partition."""
    return Harness(Partition(0, compile_rules(RULES, SHOP, LIMITS), LIMITS)).partition


def test_a_changed_layout_is_noticed() -> None:
    """A planted change shows that the first test can fail."""
    golden = next(one for one in GOLDEN if one.record == "claim")
    with pytest.raises(AssertionError):
        test_a_record_is_written_as_its_newest_golden_version_or_is_another_version(
            golden._replace(encode=lambda value: golden.encode(value) + b" ")
        )
