"""Every record that is written and read again: its version, what is in the golden files, and how it is read today."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from streams.alerts.alert import AlertPromise, Evidence, Recent, Status
from streams.alerts.counting import Counting
from streams.alerts.crowds.counts import Counted
from streams.alerts.crowds.crowds import KEY, Contribution
from streams.alerts.stat import Stat
from streams.codec import alert, dead_letter, registry, rule_sets, shipped, sights, stats, touchpoint
from streams.codec.dead_letter import DeadLetter
from streams.codec.rule_sets import Refusal, Report, RuleFile, RuleSet
from streams.codec.stats import CrowdCount
from streams.codec.vocabulary import shipped as vocabulary
from streams.desk.cases.case import Action, Case, Change, Entry, Member
from streams.desk.cases.case import Status as CaseStatus
from streams.desk.routing.labels import Matcher, Operator
from streams.desk.routing.silences import Silence
from streams.desk.service.silences import Silenced
from streams.desk.store.audit import Act, Noted
from streams.gateway.keys import file as key_file
from streams.gateway.keys.book import Entry as KeyEntry
from streams.gateway.keys.key import Key, Kind
from streams.gateway.sink import frames
from streams.gateway.sink.record import Record
from streams.journeys import journey
from streams.journeys.holds import Outage
from streams.journeys.sources import Sight, Sighting, Source
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Crowd, Over, Selector
from streams.rules.regime import Regime
from streams.telemetry.trace_context import TraceContext
from streams.testing import alerts
from streams.testing.journeys import MINUTE_MS, MONDAY_MS, SHOP, at, rule
from streams.testing.journeys import touchpoint as made
from streams.touchpoints.rejection import Reason
from streams.worker import meta
from tests.contract.golden.histories import HISTORIES, Kept, kept

_json: Final = msgspec.json.encode


class Golden(NamedTuple):
    """One kind of record. `content` is by case what the files of every version stand for, made afresh."""

    record: str
    version: int
    content: Callable[[], dict[str, Any]]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]

    def today(self) -> dict[str, bytes]:
        """Return by case what this program writes."""
        return {case: self.encode(value) for case, value in self.content().items()}


def _avro(record: str, encode: Callable[[Any], bytes], decode: Callable[[bytes], Any], *values: Any) -> Golden:
    content = {f"{number}": value for number, value in enumerate(values)}
    return Golden(record, shipped.latest(record).version, lambda: content, encode, decode)


def _plain(record: str, kind: Any, *values: Any, version: int = 1) -> Golden:
    content = {f"{number}": value for number, value in enumerate(values)}
    return Golden(record, version, lambda: content, _json, partial(msgspec.json.decode, type=kind))


TOUCHPOINT: Final = made("order.completed", 3, subject="order:ñ-1", customer="c王", amount=12.5, items=[{"sku": "a"}])
OUTAGE: Final = Outage(source="//pos/1", since=at(0), decided=at(5), until=at(9), types=("sale.completed",))
SOURCE: Final = Source(
    source="//pos/1", state=Sight.LAGGING, types=("sale.completed",), frontier=at(1), heard=at(2), late_at=at(3),
    back_at=at(4), skew_ms=-250, ordinal=2, outages=(OUTAGE, msgspec.structs.replace(OUTAGE, until=0)),
)  # fmt: skip
SIGHTING: Final = Sighting("//pos/1", at(1), at(2), -5, 60_000, {"sale.completed"}, {29_460_060})
REGIMES: Final = (
    Regime(1, 0, "0a1b", 0, at(0), {"failing": ("0123456789ab", 0)}),
    Regime(2, 7, "2c3d", at(5), at(6), {"failing": ("ba9876543210", at(5)), "late": ("cccccccccccc", at(5))}),
)
PROCESS: Final = meta.Process("worker-0", at(0), "host-17-a1b2c3")
POSITIONS: Final = {"touchpoints.web": 1_234_567_890_123, "touchpoints.chat": 0}
ALERT: Final = alerts.alert(
    "e1", 3, Status.RECOVERED, subject="order:ñ-1", evidence=(Evidence("count", 3.0, 3.0, ("a", "b", "c")),),
    recent=(Recent(at(0), "payment.failed", "//shop", "a", "order:ñ-1"),),
    promises=(AlertPromise("delivery", "order:ñ-1", at(0), at(9), "broken"),), tried=("message.received",),
    supersedes=("e0",), reason="calm", mode="shadow",
)  # fmt: skip
MEMBER: Final = Member("e1", 3, "recovered", "high", "payment-failing", "FMOT")
CASE: Final = Case(
    case_id="c1", number=17, person="customer-1", ordinal=2, revision=5, status=CaseStatus.RESOLVED, severity="high",
    moment="FMOT", opened_at=at(0), changed_at=at(9), begun_at=at(1), members=(MEMBER,), team="support", assignee="ana",
    claimed_at=at(2), claimed_until=at(60), touched=4, acknowledged_at=at(2), callback_at=at(30), resolved_at=at(9),
    recovered_at=at(8), reopened=1, tags=("vip",),
)  # fmt: skip
ENTRY: Final = Entry(case_id="c1", revision=5, at=at(9), who="ana", action=Action.RESOLVED, detail={"note": "línea"})
SILENCE: Final = Silence(
    id="s1", matchers=(Matcher("rule", Operator.IS, "late"),), starts_at=at(0), ends_at=at(60), author="ana",
    comment="moving",
)  # fmt: skip
KEYS: Final = {
    key.id: KeyEntry(key=key, digest=f"{number:064x}")
    for number, key in enumerate(
        (
            Key(id="0123456789abcdef", source="shop", created_at=at(0)),
            Key(
                id="fedcba9876543210", source="shop/eu", kind=Kind.BROWSER, types=("page.*",), rate=5.0, burst=50,
                origins=("https://shop.example",), created_at=at(0), expires_at=at(90_000), revoked_at=at(5),
            ),
        )
    )
}  # fmt: skip
TRACE: Final = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", state="a=b")
RECORDS: Final = [
    Record("touchpoints.order", at(4), TOUCHPOINT),
    Record("touchpoints.web", at(5), made("page.viewed", 5), TRACE),
]
CROWD: Final = Crowd(over=Over.TILL, selector=Selector(("payment.failed",)), at_least=3, within_ms=15 * MINUTE_MS)
CROWD_RULE: Final = rule("till-trouble", Count(CROWD.selector, 3, 15 * MINUTE_MS), crowd=CROWD)
BUCKET: Final = MONDAY_MS // 300_000


def _write_keys(book: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        key_file.change(path, lambda _: book)
        return path.read_bytes()


def _read_keys(content: bytes) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        path.write_bytes(content)
        return key_file.read(path)


def _read_spool(content: bytes) -> list[Record]:
    return [record for frame in frames.whole(content) for record in frames.unpack(content, frame)]


def _counting() -> Counting:
    return Counting(1, compile_rules([CROWD_RULE], SHOP), SHOP)


def _counted() -> list[tuple[bytes, bytes | None]]:
    """Return what a partition writes that has counted some touchpoints, a copy and one of nobody."""
    counting = _counting()
    for offset in range(12):
        kind, customer = ("payment.failed", "page.viewed")[offset % 2], f"c{offset % 3}" if offset % 5 else ""
        one = made(kind, offset * 2, identity=f"t{offset % 10}", customer=customer, store="s1", amount=4.5)
        counting.take(0, offset, msgspec.structs.replace(one, source="//pos/madrid-014/till-3"))
    return counting.take_written({0: 12, 3: 7}, at(30), everything=True).state


def _recounted(content: bytes) -> Any:
    """Return what a partition knows that has taken these records back."""
    counting = _counting()
    for key, record in msgspec.msgpack.decode(content, type=list[tuple[bytes, bytes | None]]):
        assert counting.restore(key, record)
    buckets = range(BUCKET - 1, BUCKET + 9)
    known = [(counting.stats.record(bucket), counting.tally.record(bucket)) for bucket in buckets]
    again = [counting.needs(0, offset) for offset in range(14)]
    return msgspec.to_builtins([known, again, list(counting._recent), counting._unsaid, sorted(counting._seen._places)])


def _crowd() -> dict[str, list[tuple[bytes, bytes]]]:
    """Return the record of a crowd with something to say, and of the same with all of it acknowledged."""
    from streams.alerts.crowds.crowds import Crowds, key_of  # noqa: PLC0415 - next to what uses them

    crowds, key, found = Crowds(compile_rules([CROWD_RULE], SHOP)), key_of("till-trouble", "till://pos/1"), {}
    crowds.take([Contribution("till-trouble", "till://pos/1", BUCKET, Counted(5, 1, (7, 9), ((at(0), "a"),)))])
    crowds.advance(at(10), at(10))
    found["owed"] = [(key, crowds.value(key) or b"")]
    crowds.said(key, crowds.outbox(key))
    found["said"] = [(key, crowds.value(key) or b"")]
    return found


def _taken_crowd(content: bytes) -> list[tuple[bytes, bytes]]:
    from streams.alerts.crowds.crowds import Crowds  # noqa: PLC0415 - next to what uses it

    crowds = Crowds(compile_rules([CROWD_RULE], SHOP))
    for key, record in msgspec.msgpack.decode(content, type=list[tuple[bytes, bytes]]):
        assert key.startswith(KEY)
        crowds.restore(key, record)
    return [(key, crowds.value(key) or b"") for key in crowds.remembered()]


_STORE: Final = registry.SchemaStore()
_decoder: Final = touchpoint.TouchpointDecoder(vocabulary(), _STORE)
_pack: Final = msgspec.msgpack.encode

GOLDEN: Final = (
    Golden(
        "journey", journey.VERSION, lambda: {case: kept(one) for case, one in HISTORIES.items()}, _pack,
        partial(msgspec.msgpack.decode, type=Kept),
    ),
    Golden(
        "meta", meta.VERSION,
        lambda: {"0": meta.Meta(8, meta.PARTITIONER, POSITIONS, {"touchpoints.web": "id"}, at(1), 17, at(2))},
        meta.encode, meta.decode_meta,
    ),
    Golden("claim", 1, lambda: {"0": meta.Claim(PROCESS, 1_000, 3, at(1))}, meta.encode, meta.decode_claim),
    _plain("regimes", tuple[Regime, ...], REGIMES),
    Golden("counting", 1, lambda: {"0": _recounted(_pack(_counted()))}, lambda _: _pack(_counted()), _recounted),
    Golden("crowd", 1, _crowd, _pack, _taken_crowd),
    Golden("source", 1, lambda: {"0": SOURCE, "1": Source(source="//shop")}, lambda one: sights.fact_record(one)[1],
           lambda content: sights.read(SOURCE.source.encode(), content) or sights.read(b"//shop", content)),
    Golden("sighted", 1, lambda: {"0": sights.Report({3: at(1), 5: at(2)}, [SIGHTING])},
           lambda one: sights.report_record(one)[1], lambda content: sights.read(b"\x00sighted/3", content)),
    Golden("rule_set", 1, lambda: {"0": RuleSet(7, at(0), "0a", (RuleFile("a.yaml", "rules: []\n"),), 5, 4)},
           rule_sets.encode, rule_sets.decode),
    Golden("rule_report", 1,
           lambda: {"0": Report("w", "w", 7, at(0), {7: 3, 6: 1}, 9, {"late": at(9)}, Refusal(8, "why"), at(1))},
           rule_sets.encode_report, rule_sets.decode_report),
    _avro("touchpoint", touchpoint.encode,
          lambda value: _decoder.decode(value, TOUCHPOINT.customer.encode(), (), at(9)), TOUCHPOINT),
    _avro("alert", alert.encode, lambda value: alert.decode(value, _STORE), ALERT, alerts.alert()),
    _avro("dead_letter", dead_letter.encode, lambda value: dead_letter.decode(value, _STORE),
          DeadLetter("touchpoints.web", 3, 9, at(0), None, b"\x00\xff", (("h", None),), Reason.UNDECODABLE, "why"),
          DeadLetter("touchpoints.web", 3, 10, at(0), b"k", None, (("h", b"v"),), Reason.WRONG_KEY, "why")),
    _avro("stat", stats.encode_stat, lambda value: stats.decode_stat(value, _STORE),
          Stat(at(0), 1, "FMOT", "web", "page.viewed", "s1", "p", 9, 4, 1, 0, 0, 12.5)),
    _avro("crowd_count", stats.encode_count, lambda value: stats.decode_count(value, _STORE),
          CrowdCount(3, Contribution("till-trouble", "till://pos/1", BUCKET, Counted(5, 1, (7, 9), ((at(0), "a"),))))),
    _plain("desk_change", Change, Change(CASE, ENTRY), Change(msgspec.structs.replace(CASE, tags=()), ENTRY)),
    _plain("desk_silence", Silenced, Silenced(SILENCE, Noted(at=at(0), who="ana", action=Act.SILENCED, key="s1"))),
    Golden("gateway_spool", 1, lambda: {"0": RECORDS}, frames.pack, _read_spool),
    Golden("gateway_keys", key_file.VERSION, lambda: {"0": KEYS}, _write_keys, _read_keys),
)  # fmt: skip
