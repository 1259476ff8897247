"""A replay on several cores gives the answer of one core, in every byte."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from streams.alerts.alert import Status
from streams.backtest.parallel import ParallelReplay
from streams.backtest.replay import Outcome, Replay, ordered
from streams.backtest.sources import told
from streams.codec import files
from streams.codec.alert import to_json
from streams.codec.rules import read
from streams.codec.touchpoint import to_json as touchpoint_json
from streams.codec.vocabulary import shipped
from streams.datasets import simulate
from streams.errors import UsageError
from streams.journeys.holds import Outage
from streams.journeys.rhythm import Policy
from streams.rules.compile import compile_rules
from streams.touchpoints.touchpoint import Touchpoint

if TYPE_CHECKING:
    from streams.alerts.alert import Alert

RULES: Final = read([Path(__file__).parents[3] / "deploy" / "rules"], shipped())
UNTIL: Final = 1_790_000_000_000


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return three files: late, doubled and shuffled touchpoints with bad lines between, over several blocks."""
    return made(tmp_path_factory.mktemp("events"))


def blind(paths: list[str]) -> list[Outage]:
    """Return outages of whatever sends the touchpoints, one after the other over the first weeks."""
    first = min(one.time for path in paths for _, one, _ in files.read(path) if isinstance(one, Touchpoint))
    types = tuple(shipped().kinds)
    hours = [first + number * 30 * 3_600_000 for number in range(20)]
    return [Outage(source="//s", since=at, decided=at + 600_000, until=at + 60_000_000, types=types) for at in hours]


def on_one_core(paths: list[str], outages: Sequence[Outage] = ()) -> tuple[Outcome, list[bytes]]:
    """Return what one core says."""
    alerts: list[Alert] = []
    replay = Replay(compile_rules(RULES, shipped()), shipped(), outages, told(outages, Policy()))
    replay.run({path: files.read(path) for path in paths}, UNTIL, alerts.append)
    return replay, [to_json(alert) for alert in ordered(alerts)]


def on_cores(paths: list[str], cores: int, outages: Sequence[Outage] = ()) -> tuple[Outcome, list[bytes]]:
    """Return what several cores say."""
    alerts: list[Alert] = []
    replay = ParallelReplay(RULES, shipped(), cores, outages, told(outages, Policy()))
    replay.run(paths, UNTIL, alerts.append)
    return replay, [to_json(alert) for alert in alerts]


@pytest.mark.parametrize(("count", "cores"), [(1, 2), (1, 3), (3, 2)])
def test_cores_and_files_make_no_difference(events: list[str], count: int, cores: int) -> None:
    """Every alert revision, the summary and the refused lines are the same."""
    expected, said = on_one_core(events[:count])
    found, told = on_cores(events[:count], cores)
    assert len(said) > 100
    assert any(alert.rule == "till-trouble" and not alert.customer for alert in expected.last.values())
    assert expected.summary.late > 50
    assert expected.summary.refused > 20
    assert told == said
    assert msgspec.to_builtins(found.summary) == msgspec.to_builtins(expected.summary)
    assert found.refused == expected.refused
    assert found.last == expected.last


def test_outages_delay_the_same_alerts_on_any_number_of_cores(events: list[str]) -> None:
    """Held and released at the same times, and what stands is what stands without them."""
    outages = blind(events[:1])
    plain, said = on_one_core(events[:1])
    expected, held = on_one_core(events[:1], outages)
    assert said != [line for line in held if b'"source-blind"' not in line]
    standing = {name: bare(alert) for name, alert in expected.last.items() if alert.rule != "source-blind"}
    standing = {name: alert for name, alert in standing.items() if alert.status != Status.RETRACTED}
    unheld = {name: bare(alert) for name, alert in plain.last.items() if alert.status != Status.RETRACTED}
    assert standing == unheld
    assert on_cores(events[:1], 2, outages)[1] == held


def bare(alert: "Alert") -> "Alert":
    """Return an alert without what depends on when it was said."""
    return msgspec.structs.replace(alert, revision=0, detected_at=0)


def test_a_file_without_touchpoints_is_an_answer(tmp_path: Path) -> None:
    """Nothing but empty lines: nothing came of it."""
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"\n" * 5_000)
    found, told = on_cores([str(path)], 2)
    assert (found.summary.touchpoints, found.summary.journeys, told) == (0, 0, [])


def test_a_damaged_file_ends_the_replay_with_its_remedy(events: list[str], tmp_path: Path) -> None:
    """What one reader cannot read is raised here; nobody waits for the others."""
    path = tmp_path / "torn.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00torn")
    with pytest.raises(UsageError) as caught:
        on_cores([events[0], str(path)], 2)
    assert caught.value.place == str(path)
    assert caught.value.remedy


def made(folder: Path) -> list[str]:
    """Write the files."""
    chance = random.Random(5)
    paths = []
    for place in range(3):
        lines = list(simulated(place))
        lines[100:100] = [b"{}", b"", b"no json"] * 12
        for start in range(0, len(lines), 7):  # ties and small disorder, also over the ends of blocks
            if chance.random() < 0.5:
                lines[start : start + 7] = chance.sample(lines[start : start + 7], len(lines[start : start + 7]))
        path = folder / f"{place}.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n" * 3_000 + b"{}\n")
        paths.append(str(path))
    return paths


def simulated(seed: int) -> Iterator[bytes]:
    """Yield the lines of one simulation; the same customers are in each."""
    plan = simulate.Plan(customers=450, seed=seed, late=0.05, duplicates=0.05)
    for number, (recorded, made_up) in enumerate(simulate.arrivals(plan)):
        yield touchpoint_json(made_up, None if recorded == made_up.time else recorded)
        if number % 200 < 9:  # a till with trouble now and then, mostly of nobody
            customer = "" if number % 3 else made_up.customer
            ticket = Touchpoint(f"{seed}-{number}", "//pos/lugo-1/till-1", "sale.voided", made_up.time, customer)
            yield touchpoint_json(ticket)
