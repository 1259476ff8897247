"""Conditions in rule files: one reader per construct, all in one table."""

from collections.abc import Callable
from typing import Final

from streams.documents import Items, Mapping, Node, Scalar
from streams.rules import following, selectors, timing
from streams.rules.fields import Fields, Findings, did_you_mean
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    Condition,
    Count,
    Distinct,
    EpisodeIs,
    Feedback,
    Measure,
    Not,
    OtherEpisode,
    Rate,
    Reference,
    Score,
    Seen,
    Selector,
    Sequence,
    Severity,
    Step,
    Trait,
)
from streams.rules.operators.distinct import LARGEST
from streams.rules.operators.rate import MAX_BASELINE
from streams.rules.operators.seen import SCALES
from streams.rules.operators.sequence import MOST_TIMES
from streams.rules.operators.trait import UPDATED
from streams.rules.operators.window import LARGEST as LARGEST_NUMBER
from streams.rules.sense import NOTHING
from streams.touchpoints.calendar import Working
from streams.touchpoints.vocabulary import Vocabulary

FEEDBACK_TYPES: Final = (
    "survey.answered",
    "review.created",
    "review.updated",
    "conversation.rated",
    "visit.rated",
    "kiosk.smiley",
)

SURGE: Final = "surge"  # what a rule over a crowd has instead of a condition; see `rules.crowd`
_WEIGHTS_REMEDY: Final = "write weights: {payment.failed: 5, error.shown: 1}"


class Reader:
    """Reads the conditions of one file."""

    def __init__(self, vocabulary: Vocabulary, findings: Findings) -> None:
        self.vocabulary = vocabulary
        self.findings = findings
        self.references: list[Reference] = []  # the rules that conditions name

    def condition(self, node: Node, what: str) -> Condition:
        """Read a mapping with one construct as its only key."""
        if not isinstance(node, Mapping) or not node.entries:
            self.findings.add(node, f"{what} must hold a condition", f"write one of {', '.join(CONSTRUCTS)}")
            return NOTHING
        key, value = next(iter(node.entries.items()))
        if len(node.entries) > 1:
            names = ", ".join(each.text for each in node.entries)
            self.findings.add(
                node, f"{what} holds more than one condition: {names}", "list them under `all:` or `any:`"
            )
        construct = CONSTRUCTS.get(key.text)
        if key.text == SURGE:
            message = "`surge` is the condition of a rule over a crowd, and stands alone in its `when`"
            self.findings.add(value, message, "say over what: over: till")
            return NOTHING
        if construct is None:
            self.findings.add(key, f"unknown condition `{key.text}`", did_you_mean(key.text, CONSTRUCTS))
            return NOTHING
        return construct(self, value)

    def fields(self, node: Node, what: str, *known: str) -> Fields | None:
        """Return the keys of a construct, noting a value that is no mapping."""
        if isinstance(node, Mapping):
            return Fields(node, what, known, self.findings)
        self.findings.add(node, f"{what} must be a mapping", f"write {{{known[0]}: ...}}")
        return None

    def selector(self, node: Node, what: str) -> Selector:
        """Read a selector."""
        return selectors.selector(node, what, self.vocabulary, self.findings)

    def duration(
        self, fields: Fields, key: str, remedy: str, *, default: int | None = None, zero: bool = False
    ) -> tuple[int, Working | None]:
        """Read a duration that may be in working time."""
        return timing.duration(fields, key, remedy, self.vocabulary.calendars, default=default, zero=zero)


def _seen(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "seen", *selectors.KEYS, "within")
    if fields is None:
        return NOTHING
    within = fields.duration("within", "leave `within` out for the touchpoint at hand", default=0)
    return Seen(selectors.of_fields(fields, reader.vocabulary), within)


def _count(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "count", *selectors.KEYS, "at_least", "within")
    if fields is None:
        return NOTHING
    return Count(
        selectors.of_fields(fields, reader.vocabulary),
        fields.whole("at_least", "say how many it takes: at_least: 3", least=1),
        fields.duration("within", "say in how long: within: 10m"),
    )


def _measure(reader: Reader, node: Node, function: str) -> Condition:
    keys = ("of", "at_least", "at_most", "within", "min_count")
    fields = reader.fields(node, function, *selectors.KEYS, *keys)
    if fields is None:
        return NOTHING
    least, most = _bounds(fields, "at_least: 100, or at_most: 5")
    return Measure(
        selectors.of_fields(fields, reader.vocabulary),
        function,
        selectors.path(fields, "of", "name the number in the data: of: amount"),
        fields.duration("within", "say over how long: within: 1d"),
        least,
        most,
        fields.whole("min_count", "leave `min_count` out for one match or more", least=1, default=1),
    )


def _distinct(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "distinct", *selectors.KEYS, "of", "at_least", "at_most", "within")
    if fields is None:
        return NOTHING
    if "at_most" not in fields:
        fields.need("at_least", "say how many it takes: at_least: 2")
    bounds: list[int | None] = []
    for key in ("at_least", "at_most"):
        bound = fields.whole(key, f"write {key}: 2", least=1) if key in fields else None
        if bound is not None and bound > LARGEST:
            message = f"`{key}` must be {LARGEST} or less: {bound}"
            reader.findings.add(fields.node_of(key), message, "only so many values are remembered")
        bounds.append(bound)
    _check_bounds(fields, bounds[0], bounds[1])
    return Distinct(
        selectors.of_fields(fields, reader.vocabulary),
        selectors.path(fields, "of", "say what differs: of: channel, type, source, subject, or a field of data"),
        fields.duration("within", "say in how long: within: 3d"),
        bounds[0],
        bounds[1],
    )


def _rate(reader: Reader, node: Node) -> Condition:
    keys = ("of", "within", "baseline", "times", "min_count")
    fields = reader.fields(node, "rate", *selectors.KEYS, *keys)
    if fields is None:
        return NOTHING
    baseline = fields.whole("baseline", "say how many periods before to compare with: baseline: 7", least=1)
    if baseline > MAX_BASELINE:
        message = f"`baseline` must be {MAX_BASELINE} periods or less: {baseline}"
        reader.findings.add(fields.node_of("baseline"), message, "compare with fewer periods, or make `within` longer")
    times = fields.number("times", "say how much more it must be: times: 3")
    if times <= 1 and "times" in fields:
        message = f"`times` must be more than 1: {times:g}"
        reader.findings.add(fields.node_of("times"), message, "say how much more it must be: times: 3")
    return Rate(
        selectors.of_fields(fields, reader.vocabulary),
        fields.duration("within", "say how long a period is: within: 1d"),
        baseline,
        times,
        fields.whole("min_count", "say how many it takes at least: min_count: 5", least=1),
        selectors.path(fields, "of", "leave `of` out to count") if "of" in fields else "",
    )


def _score(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "score", "weights", "half_life", "at_least")
    if fields is None:
        return NOTHING
    at_least = fields.number("at_least", "say from which score on: at_least: 8")
    if at_least <= 0 and "at_least" in fields:
        message = f"`at_least` must be more than 0: {at_least:g}"
        reader.findings.add(fields.node_of("at_least"), message, "a score begins at 0: write at_least: 8")
    half_life = fields.duration("half_life", "say when it has faded by half: half_life: 1d")
    weights = fields.mapping("weights", _WEIGHTS_REMEDY)
    return Score(_weights(reader, weights) if weights is not None else (), half_life, at_least)


def _weights(reader: Reader, node: Mapping) -> tuple[tuple[str, float], ...]:
    weights, weighed = [], dict[str, str]()
    for key, value in node.entries.items():
        types = selectors.types_of(key, reader.vocabulary, reader.findings)
        for name in sorted(selectors.covered(types, reader.vocabulary)):
            other = weighed.setdefault(name, key.text)
            if other != key.text:
                message = f"`{key.text}` and `{other}` both weigh {name}"
                reader.findings.add(key, message, "give each type one weight")
                break
        weight = value.value if isinstance(value, Scalar) else None
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < abs(weight) <= LARGEST_NUMBER:
            message = f"the weight of `{key.text}` must be a number other than 0"
            reader.findings.add(value, message, "write 2 for something bad, -2 for something that makes up for it")
            weight = 1
        weights.append((key.text, float(weight)))
    if not any(weight > 0 for _, weight in weights):
        reader.findings.add(node, "nothing makes the score rise", _WEIGHTS_REMEDY)
    return tuple(weights)


def _bounds(fields: Fields, example: str) -> tuple[float | None, float | None]:
    remedy = f"write {example}"
    if "at_most" not in fields:
        fields.need("at_least", remedy)
    least = fields.number("at_least", remedy) if "at_least" in fields else None
    most = fields.number("at_most", remedy) if "at_most" in fields else None
    _check_bounds(fields, least, most)
    return least, most


def _check_bounds(fields: Fields, least: float | None, most: float | None) -> None:
    if least is not None and most is not None and least > most:
        message = f"{fields.what} cannot be at_least {least:g} and at_most {most:g} at once"
        fields.findings.add(fields.node_of("at_most"), message, "swap the two numbers")


def _sequence(reader: Reader, node: Node) -> Condition:
    if not isinstance(node, Items):
        reader.findings.add(node, "sequence must be a list of steps", "write - {type: ...} once for each step")
        return NOTHING
    if len(node.items) < 2:
        reader.findings.add(node, "a sequence needs at least two steps", "use `seen` for a single touchpoint")
    return Sequence(tuple(_step(reader, each, place) for place, each in enumerate(node.items)))


def _step(reader: Reader, node: Node, place: int) -> Step:
    absent = isinstance(node, Mapping) and any(key.text == "not" for key in node.entries)
    keys = ("not", "within", "times") if absent else (*selectors.KEYS, "times", "within")
    fields = reader.fields(node, f"step {place + 1} of the sequence", *keys)
    if fields is None:
        return Step(Selector(()))
    times = _times(reader, fields, absent=absent)
    if not place and absent:
        reader.findings.add(node, "a sequence cannot begin with `not`", "begin with the touchpoint that starts it")
    elif not place and "within" in fields and times == 1:
        message = "the first step has nothing before it to be within"
        remedy = "move `within` to the step that follows, or say how many come in that time: times: 3"
        reader.findings.add(fields.node_of("within"), message, remedy)
    if not absent:
        within = fields.duration("within", "leave `within` out for any time", default=0)
        selector = selectors.of_fields(fields, reader.vocabulary)
        return Step(selector, within, times=times) if times > 1 else Step(selector, within)
    selector = reader.selector(fields.node_of("not"), "`not` of a step")
    within, working = reader.duration(fields, "within", "say how long nothing may come: within: 30m")
    return Step(selector, within, absent=True, working=working)


def _times(reader: Reader, fields: Fields, *, absent: bool) -> int:
    times = fields.whole("times", "say how many matches pass the step: times: 3", least=1, default=1)
    if absent and "times" in fields:
        message = "a step `not` has no `times`: one match breaks the silence"
        reader.findings.add(fields.node_of("times"), message, "leave `times` out")
    elif times > MOST_TIMES:
        message = f"`times` must be {MOST_TIMES} or less: {times}"
        reader.findings.add(fields.node_of("times"), message, "only so many are remembered: use `count` for more")
    return min(times, MOST_TIMES)


def _absence(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "absence", "after", "of", "within")
    if fields is None:
        return NOTHING
    within, working = reader.duration(fields, "within", "say how long to wait: within: 1h")
    after = fields.need("after", "say what starts the wait: after: {type: message.received}")
    of = fields.need("of", "say what is waited for: of: {type: message.sent}")
    if after is None or of is None:
        return NOTHING
    trigger, awaited = reader.selector(after, "`after` of absence"), reader.selector(of, "`of` of absence")
    return Absence(trigger, awaited, within, working)


def _broken(reader: Reader, node: Node) -> Condition:
    kind, grace, working = node, 0, None
    if isinstance(node, Mapping):
        fields = Fields(node, "promise_broken", ("kind", "grace"), reader.findings)
        grace, working = reader.duration(fields, "grace", "leave `grace` out for none", default=0, zero=True)
        given = fields.need("kind", f"write kind: and one of {', '.join(reader.vocabulary.promises)}")
        if given is None:
            return NOTHING
        kind = given
    name = kind.text if isinstance(kind, Scalar) else ""
    if name not in reader.vocabulary.promises:
        remedy = did_you_mean(name, reader.vocabulary.promises)
        reader.findings.add(kind, f"unknown promise kind `{name}`" if name else "a promise kind must be a word", remedy)
    return Broken(name, grace, working)


def _feedback(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "feedback", "metric", "at_most", *selectors.KEYS)
    if fields is None:
        return NOTHING
    default = tuple(name for name in FEEDBACK_TYPES if name in reader.vocabulary.kinds)
    selector = selectors.of_fields(fields, reader.vocabulary, default)
    at_most = fields.number("at_most", "say which score is still bad: at_most: 2")
    metric = fields.need("metric", f"write one or more of {', '.join(SCALES)}")
    listed: tuple[Node, ...] = metric.items if isinstance(metric, Items) else (metric,) if metric else ()
    if isinstance(metric, Items) and not listed:
        reader.findings.add(metric, "`metric` is an empty list", f"write one or more of {', '.join(SCALES)}")
    names = []
    for each in listed:
        name = each.text if isinstance(each, Scalar) else ""
        names.append(name)
        if name not in SCALES:
            reader.findings.add(each, f"unknown metric `{name}`", did_you_mean(name, SCALES))
            continue
        low, high = SCALES[name]
        if not low <= at_most < high and "at_most" in fields:
            verb = "never" if at_most < low else "always"
            message = f"at_most {at_most:g} is {verb} met: {name} goes from {low:g} to {high:g}, low is bad"
            reader.findings.add(fields.node_of("at_most"), message, f"write a number from {low:g} to {high - 1:g}")
    return Feedback(selector, tuple(names), at_most)


def _trait(reader: Reader, node: Node) -> Condition:
    if UPDATED not in reader.vocabulary.kinds:
        message = f"the vocabulary has no {UPDATED}, which says what a customer is like"
        reader.findings.add(node, message, "add that type to your vocabulary")
    return Trait(selectors.predicates(node, "trait", reader.findings))


def _episode(reader: Reader, node: Node) -> Condition:
    fields = reader.fields(node, "episode", "is", "rules", "severity", "within")
    if fields is None:
        return NOTHING
    state = fields.choice("is", EpisodeIs)
    rules, references = following.read(fields)
    reader.references += references
    has_recovered = state is EpisodeIs.RECOVERED
    for key in ("severity",) if has_recovered else ("within",):
        if key in fields:
            message = f"an episode that is `{state.value}` has no `{key}`"
            reader.findings.add(fields.node_of(key), message, f"leave `{key}` out")
    return OtherEpisode(
        state,
        rules,
        fields.choice("severity", Severity) if "severity" in fields else None,
        fields.duration("within", "say how long ago at most: within: 60d", default=None if has_recovered else 0),
    )


def _parts(reader: Reader, node: Node, what: str) -> tuple[Condition, ...]:
    if not isinstance(node, Items) or not node.items:
        reader.findings.add(node, f"`{what}` must list conditions", f"write {what}: and under it - seen: ...")
        return (NOTHING,)
    return tuple(reader.condition(each, f"`{what}`") for each in node.items)


# Every construct by its key.
CONSTRUCTS: Final[dict[str, Callable[[Reader, Node], Condition]]] = {
    "seen": _seen,
    "count": _count,
    "sum": lambda reader, node: _measure(reader, node, "sum"),
    "average": lambda reader, node: _measure(reader, node, "average"),
    "distinct": _distinct,
    "rate": _rate,
    "score": _score,
    "sequence": _sequence,
    "absence": _absence,
    "promise_broken": _broken,
    "feedback": _feedback,
    "trait": _trait,
    "episode": _episode,
    "all": lambda reader, node: AllOf(_parts(reader, node, "all")),
    "any": lambda reader, node: AnyOf(_parts(reader, node, "any")),
    "not": lambda reader, node: Not(reader.condition(node, "`not`")),
}
