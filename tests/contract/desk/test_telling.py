"""Why a case is told or not, and what was said of it to whom, on both databases."""

from streams.desk.cases.command import Resolve, Snooze
from streams.desk.cases.policy import HOUR_MS
from streams.desk.notify import queue as owed
from streams.desk.notify.channel import Receipt
from streams.desk.service import telling
from streams.desk.service.views import Message, Told
from streams.desk.store import queue
from streams.desk.store.database import Database
from streams.desk.store.queue import Wanted
from streams.testing.alerts import alert
from tests.contract.desk.test_router import MINUTE_MS, Kit


async def say(kit: Kit) -> None:
    """Let the channels take everything that is owed."""
    async with kit.database.write() as connection:
        due = await owed.due(connection, kit.now, busy=(), limit=100)
        for each in await owed.claim(connection, "desk", [each.id for each in due], kit.now, 1_000):
            await owed.note_sent(connection, "desk", each, Receipt(), kit.now, 0)


async def told(kit: Kit) -> dict[int, tuple[Told | None, list[Message]]]:
    """Return what is known of each case, by number."""
    async with kit.database.read() as connection:
        kept, _, _ = await queue.page(connection, Wanted(closed=None), "", 100)
        found = {each.case.number: await telling.of_case(connection, each.case) for each in kept}
    return {number: (decision, list(said)) for number, (decision, said) in found.items()}


async def test_a_case_says_why_it_is_told_and_to_whom_it_was(database: Database) -> None:
    """With reason and route; before anybody heard of it the log is empty; after its end the log stays."""
    kit = Kit(database)
    await kit.take(alert("a1"))
    (decision, said) = (await told(kit))[1]
    assert decision is not None
    assert (decision.kind, decision.reason, decision.what["es"], said) == ("page", "at_once", "avisado", [])
    await kit.decide(10_000)
    await say(kit)
    (_, (line,)) = (await told(kit))[1]
    assert (line.receiver, line.channel, line.kind, line.result, line.at) == (
        "chat",
        "webhook",
        "opened",
        "sent",
        kit.now,
    )
    await kit.act(Resolve())
    (decision, (still,)) = (await told(kit))[1]
    assert (decision, still) == (None, line)


async def test_a_case_says_why_nobody_is_told(database: Database) -> None:
    """A snoozed one, and one whose severity is for the queue."""
    kit = Kit(database)
    await kit.take(alert("a1"))
    await kit.act(Snooze(until=kit.now + HOUR_MS))
    await kit.take(alert("b1", customer="customer-2", severity="medium"))
    found = {number: decision for number, (decision, _) in (await told(kit)).items()}
    assert {number: (each.kind, each.reason, each.by) for number, each in found.items() if each} == {
        1: ("nothing", "snoozed", ""),
        2: ("queue", "severity_queue", "medium"),
    }


async def test_what_is_said_of_a_group_is_said_of_its_cases_once_they_are_in_it(database: Database) -> None:
    """One that joins hears nothing of what went out before it came."""
    kit = Kit(database, group="rule")
    await kit.take(alert("a1"), alert("b1", customer="customer-2"))
    await kit.decide(10_000)
    await say(kit)
    kit.now += MINUTE_MS
    await kit.take(alert("c1", customer="customer-3"))
    found = await told(kit)
    assert [len(said) for _, (_, said) in sorted(found.items())] == [1, 1, 0]
    await kit.decide(5 * MINUTE_MS)
    await say(kit)
    found = await told(kit)
    assert [[line.kind for line in said] for _, (_, said) in sorted(found.items())] == [
        ["worse", "opened"],
        ["worse", "opened"],
        ["worse"],
    ]
