"""Topics of a partition are folded as if they were one log."""

from streams.worker.intake import OFFSET, RECORDED, TOPIC, Entry, Intake

ALIGN_SEC = 1.0


def web(*timestamps: int) -> list[Entry]:
    """Return records of one topic with these timestamps."""
    return [(at, "web", offset, at, b"key", b"value", ()) for offset, at in enumerate(timestamps)]


def chat(*timestamps: int) -> list[Entry]:
    """Return records of another topic."""
    return [(at, "chat", offset, at, b"key", b"value", ()) for offset, at in enumerate(timestamps)]


def caught_up(*topics: str, is_replay: bool = False, at_ms: int = 0) -> Intake:
    """Return an intake whose topics were all read to their ends."""
    intake = Intake(topics, ALIGN_SEC, 0.0, is_replay=is_replay)
    for topic in topics:
        intake.prove(topic, is_lagging=False, at_ms=at_ms)
    return intake


def taken(intake: Intake, limit: int = 100) -> list[tuple[str, int]]:
    """Return topic and timestamp of what is given out."""
    return [(entry[TOPIC], entry[3]) for entry in intake.take(limit)]


def test_merges_topics_by_record_time() -> None:
    """What two topics brought comes in the order in which it was recorded."""
    intake = caught_up("chat", "web")
    intake.add("web", web(1, 4, 5), 0.0)
    intake.add("chat", chat(2, 3, 6), 0.0)
    assert intake.release(0.0)
    assert taken(intake) == [("web", 1), ("chat", 2), ("chat", 3), ("web", 4), ("web", 5), ("chat", 6)]


def test_offsets_of_a_topic_never_change_order() -> None:
    """A producer's clock that goes back does not make its records overtake each other."""
    intake = caught_up("chat", "web")
    intake.add("web", web(5, 1, 7), 0.0)
    intake.add("chat", chat(3), 0.0)
    intake.release(0.0)
    assert taken(intake) == [("chat", 3), ("web", 5), ("web", 1), ("web", 7)]


def test_the_largest_timestamp_so_far_goes_along() -> None:
    """What a topic was recorded up to never falls, whatever the records say."""
    intake = caught_up("web")
    intake.add("web", web(5, 1), 0.0)
    intake.add("web", web(3, 9), 0.0)
    intake.release(0.0)
    entries = intake.take(10)
    assert [entry[RECORDED] for entry in entries] == [5, 5, 5, 9]
    assert [entry[3] for entry in entries] == [5, 1, 3, 9]
    assert [entry[OFFSET] for entry in entries] == [0, 1, 0, 1]


def test_nothing_overtakes_a_topic_that_lags() -> None:
    """While one topic has a backlog, the others wait where it has come to."""
    intake = caught_up("chat", "web")
    intake.prove("web", is_lagging=True, at_ms=0)
    intake.add("web", web(1, 4), 0.0)
    intake.add("chat", chat(2, 9), 0.0)
    intake.release(0.0)
    assert taken(intake) == [("web", 1), ("chat", 2), ("web", 4)]
    assert not intake.release(0.5)
    assert intake.waiting("chat") == 1
    intake.add("web", web(8, 10), 0.5)
    intake.release(0.5)
    assert taken(intake) == [("web", 8), ("chat", 9), ("web", 10)]


def test_a_topic_that_brings_nothing_is_waited_for_a_moment_only() -> None:
    """An open transaction on one topic does not silence the others."""
    intake = caught_up("chat", "web")
    intake.prove("web", is_lagging=True, at_ms=0)
    intake.add("chat", chat(2), 0.0)
    assert not intake.release(0.9)
    assert intake.release(1.0)
    assert taken(intake) == [("chat", 2)]


def test_what_waits_for_us_is_not_waited_for() -> None:
    """A slow fold does not make a lagging topic look as if it brought nothing."""
    intake = caught_up("chat", "web")
    intake.prove("web", is_lagging=True, at_ms=0)
    intake.add("web", web(1, 2), 0.0)
    intake.add("chat", chat(9), 0.0)
    intake.release(50.0)
    assert taken(intake, 1) == [("web", 1)]
    intake.release(100.0)
    assert taken(intake) == [("web", 2)]


def test_put_back_comes_first_again() -> None:
    """What could not be folded yet is given out again before everything else."""
    intake = caught_up("web")
    intake.add("web", web(1, 2, 3), 0.0)
    intake.release(0.0)
    entries = intake.take(3)
    intake.put_back(entries[1:])
    assert intake.waiting("web") == 2
    assert taken(intake) == [("web", 2), ("web", 3)]


def test_everything_lags_until_a_fetch_proves_the_opposite() -> None:
    """At a start nothing is given out before each topic has been heard of."""
    intake = Intake(["chat", "web"], ALIGN_SEC, 0.0)
    intake.add("chat", chat(1), 0.0)
    assert not intake.release(0.1)
    intake.prove("web", is_lagging=False, at_ms=0)
    assert intake.release(0.2)


def test_a_replay_waits_for_the_proof() -> None:
    """In a replay nothing is given out that was recorded after the last proof of a topic without records."""
    intake = caught_up("chat", "web", is_replay=True, at_ms=5)
    intake.add("web", web(4, 6), 0.0)
    intake.release(0.0)
    assert taken(intake) == [("web", 4)]
    intake.prove("chat", is_lagging=False, at_ms=6)
    intake.release(0.0)
    assert taken(intake) == [("web", 6)]


def test_room_is_taken_by_records_and_by_bytes() -> None:
    """Whichever bound is met first; what is given out makes room again, what is put back takes it."""
    intake = caught_up("chat", "web")
    large = [(1, "web", offset, 1, b"key", b"x" * 10_000, ()) for offset in range(4)]
    intake.add("web", large, 0.0)
    assert not intake.has_room("web", 100, 40_000)
    assert not intake.has_room("web", 4, 1_000_000)
    assert intake.has_room("web", 100, 50_000)
    assert intake.has_room("chat", 1, 1)
    assert intake.release(0.0)
    out = intake.take(3)
    assert intake.has_room("web", 2, 20_000)
    intake.put_back(out)
    assert not intake.has_room("web", 100, 40_000)
    intake.take(4)
    assert intake.has_room("web", 1, 1)


def test_records_without_a_value_take_room_too() -> None:
    """Tombstones are records."""
    intake = caught_up("web")
    intake.add("web", [(1, "web", 0, 1, b"key", None, ())], 0.0)
    assert not intake.has_room("web", 100, 1)
