from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from streams.codec.touchpoint import to_json
from streams.codec.vocabulary import shipped
from streams.datasets.moments import BAD
from streams.datasets.near_misses import NEAR_MISSES, ROUTINES
from streams.datasets.simulate import SOURCES, Plan, arrivals, journey, labels
from streams.datasets.story import EARLIEST, Dice, Story
from streams.errors import UsageError
from streams.touchpoints import label
from tests.unit.datasets.conftest import Check

ALL = BAD + NEAR_MISSES + ROUTINES
ONE_OF_EACH = Plan(customers=4 * max(len(BAD), len(NEAR_MISSES + ROUTINES)), seed=3)


def lines(plan: Plan) -> bytes:
    """Return all lines of the plan."""
    return b"\n".join(to_json(each.touchpoint, each.recorded) for each in arrivals(plan))


def test_every_touchpoint_is_sound(check_sound: Check) -> None:
    """All stories together make only known types with data after their schemas, unique by source and id."""
    check_sound(each.touchpoint for each in arrivals(ONE_OF_EACH))


def test_all_stories_are_told() -> None:
    """Enough customers live through every bad moment, near miss and routine."""
    told = Counter(name for number in range(ONE_OF_EACH.customers) for name in journey(ONE_OF_EACH, number).stories)
    assert set(told) == {story.name for story in ALL}


def test_the_same_seed_makes_the_same_bytes() -> None:
    """The seed decides everything, and another seed makes something else."""
    plan = Plan(customers=200, seed=7, late=0.1, duplicates=0.1)
    assert lines(plan) == lines(plan)
    assert lines(plan) != lines(Plan(customers=200, seed=8, late=0.1, duplicates=0.1))


def test_chance_is_the_same_on_every_machine() -> None:
    """What a seed draws is written down here, so that no version of Python changes it unseen."""
    dice = Dice("7/0")
    drawn = (
        [dice.whole(1, 6) for _ in range(6)],
        dice.one_of("abcdef"),
        round(dice.within(0, 100), 6),
        dice.happens(0.5),
    )
    assert drawn == ([5, 4, 1, 6, 1, 3], "d", 43.404453, False)


def test_a_journey_does_not_depend_on_the_others() -> None:
    """More customers change when a journey begins, not what happens in it."""
    few, many = (journey(Plan(customers=customers, seed=5), 3) for customers in (10, 1000))
    assert few.stories == many.stories
    assert [each.touchpoint.type for each in few.arrivals] == [each.touchpoint.type for each in many.arrivals]


def test_lines_come_in_the_order_of_time_unless_some_are_late() -> None:
    """Without late ones arrival is the time itself; with them the order is that of arrival."""
    for plan in (ONE_OF_EACH, Plan(customers=100, seed=3, late=0.2, duplicates=0.2)):
        assert all(first.recorded <= second.recorded for first, second in pairwise(arrivals(plan)))
    assert all(each.recorded == each.touchpoint.time for each in arrivals(ONE_OF_EACH))


def test_late_ones_and_duplicates_are_as_many_as_asked_for() -> None:
    """A duplicate is the same touchpoint again, later; a late one is learnt of at most six hours after it happened."""
    made = list(arrivals(Plan(customers=400, seed=3, late=0.2, duplicates=0.1)))
    times = Counter((each.touchpoint.source, each.touchpoint.id) for each in made)
    late = sum(each.recorded > each.touchpoint.time for each in made)
    assert set(times.values()) == {1, 2}
    assert 0.08 < list(times.values()).count(2) / len(times) < 0.12
    assert 0.2 < late / len(made) < 0.35
    assert all(0 <= each.recorded - each.touchpoint.time <= 7 * 3_600_000 for each in made)


def test_looking_around_comes_as_often_as_asked_for() -> None:
    """Noise is a share of the touchpoints of the stories."""
    quiet, loud = (len(list(arrivals(Plan(customers=200, seed=3, noise=noise)))) for noise in (0, 2))
    assert 2.8 < loud / quiet < 3.1


def test_each_story_is_a_label() -> None:
    """Bad moments are 1 and all else 0, one label a customer and subject, after what it is about has begun."""
    first: dict[tuple[str, str], int] = {}
    for each in arrivals(ONE_OF_EACH):
        first.setdefault((each.touchpoint.customer, each.touchpoint.subject), each.touchpoint.time)
    made = list(labels(ONE_OF_EACH))
    assert len({(each.customer, each.subject, each.time) for each in made}) == len(made)
    assert all(each.time > first[each.customer, each.subject] for each in made)
    assert sum(each.label == label.BAD for each in made) == ONE_OF_EACH.customers / 4


def test_journeys_mix_moments_of_truth_and_channels() -> None:
    """The stories together touch all four moments and each channel that customers meet, and most journeys several."""
    kinds = shipped().kinds
    moments, channels = set[str](), set[str]()
    several = 0
    for number in range(ONE_OF_EACH.customers):
        own = [kinds[each.touchpoint.type] for each in journey(ONE_OF_EACH, number).arrivals]
        moments.update(kind.moment for kind in own)
        channels.update(kind.channel for kind in own)
        several += len({kind.channel for kind in own}) > 1
    assert moments == {"ZMOT", "FMOT", "SMOT", "TMOT"}
    assert channels >= {
        "web",
        "email",
        "push",
        "chat",
        "bot",
        "call",
        "store",
        "delivery",
        "feedback",
        "social",
        "recovery",
    }
    assert several > ONE_OF_EACH.customers * 0.9


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)
def test_a_story_keeps_to_its_frame(story: Story) -> None:
    """Its steps do not begin before EARLIEST, spans run forward, and every type has a system that sends it."""
    groups = {group for names in SOURCES.values() for group in names.split()}
    assert min(step.when[0] for step in story.steps) >= EARLIEST
    assert all(step.when[0] <= step.when[1] for step in story.steps)
    assert story.ends[0] <= story.ends[1]
    assert {kind.partition(".")[0] for step in story.steps for kind in step.types} <= groups


def test_stories_hold_their_order() -> None:
    """What is written later in a story never happens before what is written earlier."""
    for story in ALL:
        for earlier, later in pairwise(story.steps):
            assert earlier.when[1] <= later.when[0], (story.name, later.types)


@pytest.mark.parametrize(
    ("plan", "place"),
    [
        (Plan(customers=0, seed=1), "customers"),
        (Plan(customers=1, seed=1, days=0), "days"),
        (Plan(customers=1, seed=1, late=1.5), "late"),
        (Plan(customers=1, seed=1, duplicates=-1), "duplicates"),
        (Plan(customers=1, seed=1, begins=datetime(2017, 11, 7, tzinfo=UTC)), "begins"),
        (Plan(customers=1, seed=1, begins=datetime(2017, 11, 6, 9, tzinfo=UTC)), "begins"),
        (Plan(customers=1, seed=1, begins=datetime(2017, 11, 6, tzinfo=timezone(timedelta(hours=1)))), "begins"),
        (Plan(customers=2, seed=1, names=("one", "one")), "names"),
    ],
)
def test_a_plan_out_of_range_is_refused(plan: Plan, place: str) -> None:
    """The field is named."""
    for make in (arrivals, labels):
        with pytest.raises(UsageError) as caught:
            next(iter(make(plan)))
        assert caught.value.place == place


def test_days_spread_the_beginnings() -> None:
    """All journeys begin within the days asked for, on working days."""
    plan = Plan(customers=500, seed=1, days=14)
    begins = [journey(plan, number).begins for number in range(plan.customers)]
    assert begins == sorted(begins)
    assert begins[-1] - begins[0] < 14 * 86_400_000
    weekdays = {(begin // 86_400_000 + 3) % 7 for begin in begins}  # 1 January 1970 was a Thursday
    assert weekdays == {0, 1, 2, 3, 4}


def test_the_same_journeys_under_other_names_at_another_time() -> None:
    """Given names and a first Monday change nothing else, so that made contacts can join real customers."""
    plain = Plan(customers=20, seed=1)
    moved = Plan(customers=20, seed=1, begins=datetime(2017, 11, 6, tzinfo=UTC), names=tuple("abcdefghijklmnopqrst"))
    shift = 1_000 * int((datetime(2025, 1, 6, tzinfo=UTC) - moved.begins).total_seconds())
    for number, name in enumerate(moved.names):
        one, other = journey(plain, number), journey(moved, number)
        assert {each.touchpoint.customer for each in other.arrivals} == {name}
        assert [each.recorded - shift for each in one.arrivals] == [each.recorded for each in other.arrivals]
        assert one.stories == other.stories
