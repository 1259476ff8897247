"""Alerts in traces through the desk: kept, decided, told, on both databases."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from streams.alerts.alert import Status
from streams.desk.cases.policy import Policy
from streams.desk.notify.notice import Notice
from streams.desk.service.book import Book
from streams.desk.service.keeper import Keeper
from streams.desk.service.traces import KEPT_MS, Traces
from streams.desk.store.database import Database
from streams.telemetry.trace_context import TraceContext
from streams.testing.alerts import alert
from tests.contract.desk.test_router import Kit
from tests.spans import Recorded, context_of, parent_of, said_of


def record(offset: int, context: TraceContext | None) -> Any:
    """Return an alert's Kafka record, as far as its trace is concerned."""
    return SimpleNamespace(partition=1, offset=offset, headers=context.headers() if context else [])


def context(number: int) -> TraceContext:
    """Return one of many."""
    return TraceContext(f"{number:032x}", f"{number:016x}")


class Traced(Kit):
    """A keeper and a router that tell their traces."""

    def __init__(self, database: Database, **options: Any) -> None:
        super().__init__(database, **options)
        self.recorded = Recorded()
        self.traces = Traces(self.recorded.tracer, lambda: self.now)
        self.router._traces = self.traces
        self.keeper = Keeper(
            database,
            Book(),
            Policy(),
            lambda: self.now,
            until=lambda at, ms: at + ms,
            watchers=(self.router, self.traces),
        )

    async def read(self, *read: tuple[Any, TraceContext | None]) -> None:
        """Take alerts as the reader does, and decide."""
        self.traces.read([(one, record(offset, trace)) for offset, (one, trace) in enumerate(read)])
        await self.keeper.take([one for one, _ in read], {})
        self.traces.kept()
        await self.decide()

    async def send(self) -> Sequence[Notice]:
        """Send what is owed; return it."""
        notices = await self.notices()
        for notice in notices:
            self.traces.sending(notice, "webhook", 1).end()
        return notices


async def test_a_notice_is_in_the_trace_of_its_alert(database: Database) -> None:
    """Under the decision, which is under what kept the alert; an alert without a trace makes none."""
    kit = Traced(database)
    await kit.read((alert("a1"), context(1)), (alert("b1", customer="customer-2"), None))
    await kit.decide(10_000)
    assert len(await kit.send()) == 2
    spans = kit.recorded.spans()
    assert [span.name for span in spans] == ["keep alert", "decide", "notify"]
    keep, decide, notify = spans
    assert (parent_of(keep), parent_of(decide), parent_of(notify)) == (
        context(1).span_id, context_of(keep).span_id, context_of(decide).span_id,
    )  # fmt: skip
    assert {context_of(span).trace_id for span in spans} == {context(1).trace_id}
    assert said_of(keep)["messaging.kafka.offset"] == 0
    assert said_of(decide) == {"touchpoint.decision": "page", "touchpoint.reason": "at_once"}
    assert said_of(notify)["touchpoint.notice.kind"] == "opened"
    assert "customer-1" not in "".join(span.to_json() for span in spans)


async def test_a_notice_of_several_cases_links_the_others(database: Database) -> None:
    """A storm is one page, and all of its traces lead to it."""
    kit = Traced(database, group="rule")
    await kit.read(*[(alert(f"a{n}", customer=f"customer-{n}"), context(n)) for n in (1, 2, 3)])
    await kit.decide(10_000)
    assert len(await kit.send()) == 1
    (notify,) = [span for span in kit.recorded.spans() if span.name == "notify"]
    traces = [int(context_of(notify).trace_id, 16), *(link.context.trace_id for link in notify.links)]
    assert sorted(traces) == [1, 2, 3]


async def test_what_is_said_much_later_is_in_no_trace(database: Database) -> None:
    """A trace is no diary."""
    kit = Traced(database)
    await kit.read((alert("a1"), context(1)))
    kit.now += KEPT_MS + 1
    await kit.read((alert("a1", 2, Status.RECOVERED, reason="paid"), None))
    await kit.send()
    assert "notify" not in kit.recorded.named()


async def test_what_is_not_recorded_is_passed_on(database: Database) -> None:
    """No span, and a receiver that is told so."""
    kit, unsampled = Traced(database), TraceContext("1" * 32, "2" * 16, is_sampled=False)
    await kit.read((alert("a1"), unsampled))
    await kit.decide(10_000)
    (notice,) = await kit.notices()
    assert kit.traces.sending(notice, "webhook", 1).context == unsampled
    assert kit.recorded.spans() == []
