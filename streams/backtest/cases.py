"""Test cases beside the rules: touchpoints at relative times in, alerts out. This reads them; `trials` runs them.

Times count from START, a Monday morning. In `data`, `{at: 2d}` stands for the instant two days after START, so that a
promise can be written relative as well.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import structs

from streams import documents
from streams.alerts.alert import Status
from streams.documents import Items, Mapping, Node, Scalar
from streams.rules.fields import Fields, Findings, did_you_mean
from streams.rules.model import Severity
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
START_MS: Final = int(START.timestamp()) * 1000
CUSTOMER: Final = "c1"  # whoever a case does not name
NOBODY: Final = "none"  # as the customer of a touchpoint: it has none
EACH: Final = "each"  # as the customer of a repeated one: somebody else each time
SOURCE: Final = "//test"
_MOST_REPEATED: Final = 10_000
_KEYS: Final = ("with", "tests")
_ROOT_REMEDY: Final = "begin the file with `tests:` and one `- name: ...` for each case"


class Arrival(msgspec.Struct, frozen=True):
    """A touchpoint and when it reaches us (ms since the epoch): later than its own time where it is late."""

    arrives: int
    touchpoint: Touchpoint


class Expected(msgspec.Struct, frozen=True):
    """An alert that must be said; None leaves a field open.

    `at` is ms since the epoch: its start, or when it ended. `severity` is what it has reached under that status.
    """

    rule: str
    status: Status | None = None
    at: int | None = None
    subject: str | None = None
    customer: str | None = None
    severity: Severity | None = None


class Case(msgspec.Struct, frozen=True):
    """One test case. With `rule`, only alerts of that rule are looked at. `until` is ms since the epoch."""

    name: str
    path: str
    line: int
    rule: str | None
    arrivals: tuple[Arrival, ...]
    until: int
    alerts: tuple[Expected, ...]


Check = Callable[[Touchpoint], Iterable[tuple[str, str]]]  # what is wrong with its data: JSON pointer and reason


def load(
    text: str, path: str, vocabulary: Vocabulary, rules: Collection[str], check: Check | None = None
) -> tuple[Case, ...]:
    """Return the cases of one file in its order; `rules` are the ids under test. Raise LoadError with every finding."""
    findings = Findings(path)
    root = documents.read(text, path)
    cases: list[Case] = []
    if not isinstance(root, Mapping):
        findings.add(root or Items(1, 1, ()), "a file of test cases must be a mapping", _ROOT_REMEDY)
    else:
        reader = _Reader(vocabulary, rules, findings, check)
        listed = Fields(root, "a file of test cases", _KEYS, findings).items("tests", _ROOT_REMEDY)
        cases = [case for node in listed if (case := reader.case(node))]
        reader.check_names(listed)
    findings.raise_any()
    return tuple(cases)


def beside(text: str, path: str) -> tuple[str, ...]:
    """Return the names of the rule files that run beside those under test; raise LoadError where they are none."""
    findings = Findings(path)
    root = documents.read(text, path)
    names: list[str] = []
    if isinstance(root, Mapping) and any(key.text == "with" for key in root.entries):
        remedy = "name rule files of the same folder: with: [smot.yaml]"
        for node in Fields(root, "the file", (key.text for key in root.entries), findings).items("with", remedy):
            name = node.text if isinstance(node, Scalar) else ""
            if not name.endswith(".yaml") or "/" in name:
                findings.add(node, "this names no rule file", remedy)
            names.append(name)
    findings.raise_any()
    return tuple(names)


class _Reader:
    """Reads the cases of one file."""

    def __init__(self, vocabulary: Vocabulary, rules: Collection[str], findings: Findings, check: Check | None) -> None:
        self.vocabulary = vocabulary
        self.rules = rules
        self.findings = findings
        self.check = check

    def case(self, node: Node) -> Case | None:
        fields = self._fields(node, "a case", "name", "rule", "touchpoints", "until", "alerts")
        if fields is None:
            return None
        rule = self._rule(fields) if "rule" in fields else None
        listed = fields.items("touchpoints", "list at least one: - {at: 0m, type: payment.failed}")
        arrivals = tuple(each for place, one in enumerate(listed) for each in self._arrivals(one, place))
        last = max((each.arrives for each in arrivals), default=START_MS) - START_MS
        until = self._later(fields, "until", last, "`until` is before the last touchpoint arrives")
        return Case(
            fields.text("name", "say in a few words what the case shows"),
            self.findings.path,
            fields.node_of("name").line,
            rule,
            arrivals,
            START_MS + until,
            self._alerts(fields, rule),
        )

    def check_names(self, listed: tuple[Node, ...]) -> None:
        """Note names that two cases share."""
        lines: dict[str, int] = {}
        for node in listed:
            names = [v for k, v in node.entries.items() if k.text == "name"] if isinstance(node, Mapping) else []
            for name in names:
                if isinstance(name, Scalar) and lines.setdefault(name.text, name.line) != name.line:
                    message = f"there is already a case of this name, at line {lines[name.text]}"
                    self.findings.add(name, message, "say what is different in this one")

    def _arrivals(self, node: Node, place: int) -> Iterator[Arrival]:
        """Yield a touchpoint as often as `repeat` says, one `every` so long."""
        first = self._arrival(node, place)
        if first is None or not isinstance(node, Mapping):
            return
        yield first
        fields = Fields(node, "a touchpoint", (key.text for key in node.entries), self.findings)
        times = fields.whole("repeat", "leave `repeat` out for one", least=2, default=1)
        every = fields.duration("every", "leave `every` out for all at once", default=0, zero=True)
        if times > _MOST_REPEATED:
            self.findings.add(fields.node_of("repeat"), f"`repeat` must be {_MOST_REPEATED} or less", "write fewer")
            return
        for number in range(1, times):
            one = first.touchpoint
            later = structs.replace(one, id=f"{one.id}.{number}", time=one.time + number * every)
            if fields.text("customer", "", CUSTOMER) == EACH:
                later = structs.replace(later, customer=f"{CUSTOMER}.{place}.{number}")
            yield Arrival(first.arrives + number * every, later)

    def _customer(self, fields: Fields) -> str:
        name = fields.text("customer", "leave `customer` out, or write none for nobody", CUSTOMER)
        return "" if name == NOBODY else name

    def _arrival(self, node: Node, place: int) -> Arrival | None:
        known = ("at", "arrives", "type", "subject", "customer", "source", "id", "data", "repeat", "every")
        fields = self._fields(node, "a touchpoint", *known)
        if fields is None:
            return None
        at = fields.duration("at", "say when it happens, from the start: at: 10m", zero=True)
        arrives = self._later(fields, "arrives", at, "a touchpoint cannot arrive before it happens")
        touchpoint = Touchpoint(
            fields.text("id", "leave `id` out for one of its own", str(place)),
            fields.text("source", "leave `source` out for //test", SOURCE),
            self._type(fields),
            START_MS + at,
            self._customer(fields),
            fields.text("subject", "leave `subject` out for none", ""),
            self._data(fields),
        )
        kind = self.vocabulary.kinds.get(touchpoint.type)
        if not touchpoint.customer and kind is not None and not kind.may_be_anonymous:
            self.findings.add(
                fields.node_of("customer"), f"`{kind.name}` needs a customer", "leave `customer` out for c1"
            )
        for pointer, reason in self.check(touchpoint) if self.check else ():
            where = pointer.removeprefix("/").replace("/", ".")
            self.findings.add(
                fields.node_of("data"), f"{where}: {reason}", f"see schemas/events/{touchpoint.type}.json"
            )
        return Arrival(START_MS + arrives, touchpoint)

    def _later(self, fields: Fields, key: str, earliest: int, message: str) -> int:
        """Return an optional duration that defaults to the earliest it may be."""
        if key not in fields:
            return earliest
        before = len(self.findings.found)
        duration_ms = fields.duration(key, "", zero=True)
        if duration_ms < earliest and len(self.findings.found) == before:
            self.findings.add(fields.node_of(key), message, f"leave `{key}` out, or make it later")
        return max(duration_ms, earliest)

    def _type(self, fields: Fields) -> str:
        name = fields.text("type", "name a touchpoint type: type: payment.failed")
        if name and name not in self.vocabulary.kinds:
            near = self.vocabulary.nearest(name)
            remedy = f"did you mean `{near}`?" if near else "see schemas/vocabulary.yaml for all types"
            self.findings.add(fields.node_of("type"), f"unknown touchpoint type `{name}`", remedy)
        return name

    def _data(self, fields: Fields) -> bytes:
        if "data" not in fields:
            return b""
        node = fields.mapping("data", "write data: {field: value}")
        return msgspec.json.encode(self._plain(node)) if node is not None else b""

    def _plain(self, node: Node) -> Any:
        if isinstance(node, Scalar):
            return node.value
        if isinstance(node, Items):
            return [self._plain(each) for each in node.items]
        if [key.text for key in node.entries] == ["at"]:
            fields = Fields(node, "an instant", ("at",), self.findings)
            after = fields.duration("at", "write {at: 2d} for two days after the start", zero=True)
            return (START + timedelta(milliseconds=after)).isoformat().replace("+00:00", "Z")
        return {key.text: self._plain(value) for key, value in node.entries.items()}

    def _alerts(self, fields: Fields, rule: str | None) -> tuple[Expected, ...]:
        remedy = "list what must be said, or [] for nothing: - {rule: payment-failing, status: firing, at: 10m}"
        node = fields.need("alerts", remedy)
        if node is not None and not isinstance(node, Items):
            self.findings.add(node, "`alerts` must be a list", remedy)
        listed = node.items if isinstance(node, Items) else ()
        return tuple(expected for each in listed if (expected := self._expected(each, rule)))

    def _expected(self, node: Node, rule: str | None) -> Expected | None:
        fields = self._fields(node, "an alert", "rule", "status", "severity", "at", "subject", "customer")
        if fields is None:
            return None
        name = self._rule(fields) if "rule" in fields or rule is None else rule
        if rule is not None and name != rule:
            message = f"this case looks at `{rule}` alone"
            self.findings.add(fields.node_of("rule"), message, "leave `rule` out here, or above")
        return Expected(
            name,
            fields.choice("status", Status) if "status" in fields else None,
            START_MS + fields.duration("at", "leave `at` out for any time", zero=True) if "at" in fields else None,
            fields.text("subject", "leave `subject` out for any") if "subject" in fields else None,
            self._customer(fields) if "customer" in fields else None,
            fields.choice("severity", Severity) if "severity" in fields else None,
        )

    def _rule(self, fields: Fields) -> str:
        name = fields.text("rule", "name the rule: rule: payment-failing")
        if name and name not in self.rules:
            self.findings.add(fields.node_of("rule"), f"unknown rule `{name}`", did_you_mean(name, self.rules))
        return name

    def _fields(self, node: Node, what: str, *known: str) -> Fields | None:
        if isinstance(node, Mapping):
            return Fields(node, what, known, self.findings)
        self.findings.add(node, f"{what} must be a mapping", f"write {{{known[0]}: ...}}")
        return None
