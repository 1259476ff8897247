"""One bad record hurts only itself; a bad deploy trips."""

from streams.touchpoints.rejection import Reason
from streams.worker.breaker import Breaker, BreakerState, BreakerTripped

BAD = Reason.UNDECODABLE


class Subject:
    """A breaker and its trips."""

    def __init__(self, **options: int) -> None:
        self.trips: list[BreakerState] = []
        self.breaker = Breaker(window=200, ratio=0.5, hold_sec=10.0, trip=self.trips.append, **options)

    def refuse(self, count: int, topic: str = "web", recorded_at: int = 50) -> None:
        """Refuse so many records."""
        for _ in range(count):
            self.breaker.refused(topic, BAD, recorded_at, 99)


def test_trips_at_half_of_a_full_window() -> None:
    """The hundredth dead letter of the last two hundred records trips, once."""
    subject = Subject()
    subject.refuse(1)
    subject.breaker.passed("web", 100)
    subject.refuse(98)
    assert subject.trips == []
    subject.refuse(20)
    assert subject.trips == [BreakerState(0, 99, "web", 100, 200, {"undecodable": 100})]
    assert subject.breaker.is_tripped


def test_needs_a_full_window() -> None:
    """A hundred and ninety-nine records are too few to judge, however bad."""
    subject = Subject()
    subject.refuse(199)
    assert subject.trips == []
    subject.refuse(1)
    assert len(subject.trips) == 1


def test_topics_do_not_excuse_each_other() -> None:
    """A healthy topic does not hide the bad deploy of another one's producer."""
    subject = Subject()
    subject.refuse(1)
    subject.breaker.passed("chat", 10_000)
    subject.refuse(199)
    assert subject.trips[0].topic == "web"


def test_old_records_leave_the_window() -> None:
    """Bad records of long ago do not add up."""
    subject = Subject()
    for _ in range(50):
        subject.refuse(40)
        subject.breaker.passed("web", 160)
    assert subject.trips == []


def test_resumed_records_do_not_count() -> None:
    """What was recorded before an operator resumed goes to the dead letters."""
    subject = Subject(resumed_at=100)
    subject.refuse(500, recorded_at=99)
    assert subject.trips == []
    subject.refuse(200, recorded_at=100)
    assert len(subject.trips) == 1


def test_a_few_dead_letters_are_released_at_once() -> None:
    """Nothing waits for a handful of bad records."""
    subject = Subject()
    subject.refuse(5)
    assert subject.breaker.may_release(0.0)


def test_suspect_dead_letters_wait_but_not_for_ever() -> None:
    """Enough bad records to be the beginning of a trip are held until the window is full or the time is over."""
    subject = Subject()
    subject.refuse(50)
    assert not subject.breaker.may_release(1.0)
    assert not subject.breaker.may_release(10.9)
    assert subject.breaker.may_release(11.0)
    subject.refuse(5)
    assert subject.breaker.may_release(12.0)


def test_a_tripped_breaker_releases_nothing() -> None:
    """The suspect window is neither sent nor committed."""
    subject = Subject()
    subject.refuse(200)
    assert not subject.breaker.may_release(1_000.0)


def test_says_what_and_what_to_do() -> None:
    """The error names the topic, the figures, the reasons and the command."""
    error = BreakerTripped(BreakerState(0, 99, "web", 100, 200, {"undecodable": 60, "wrong_key": 40}))
    said = str(error)
    assert said.startswith("web: the breaker tripped: 100 of the last 200 records were refused")
    assert "60 undecodable, 40 wrong_key" in said
    assert "touchpoint dead-letters resume" in said
