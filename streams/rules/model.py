"""What a rule file declares, after loading: plain frozen data without behaviour.

Durations are milliseconds here and `10m`, `72h`, `3d` in the files. Selectors, conditions and rules are what
`rules.load` builds and `rules.compile` turns into closures. Where there is a `working` beside a duration, that counts,
and the milliseconds are about as long.
"""

from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from streams.touchpoints.calendar import Calendar, Working


class Moment(StrEnum):
    """The moments of truth."""

    ZMOT = "ZMOT"
    FMOT = "FMOT"
    SMOT = "SMOT"
    TMOT = "TMOT"


class Severity(StrEnum):
    """low = digest, medium = queue, high = page in working hours, critical = page now."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


RANK: Final = {severity.value: rank for rank, severity in enumerate(Severity)}  # a larger one is worse


class By(StrEnum):
    """What one episode of a rule is about."""

    CUSTOMER = "customer"
    SUBJECT = "subject"


class Mode(StrEnum):
    """Whether alerts of a rule are for people or only counted."""

    LIVE = "live"
    SHADOW = "shadow"


class Over(StrEnum):
    """What a crowd rule counts over; `rules.over` says where a touchpoint carries it."""

    PLACE = "place"
    TILL = "till"
    SKU = "sku"
    PAGE = "page"
    CAMPAIGN = "campaign"
    CARRIER = "carrier"
    PROVIDER = "provider"
    PRODUCT = "product"


class Predicate(msgspec.Struct, frozen=True):
    """One test of one field of `data`: `field` is a dotted path, `operator` one of OPERATORS, `value` its operand."""

    field: str
    operator: str  # equals, not_equals, at_least, at_most, above, below, one_of, contains, exists
    value: Any


class Selector(msgspec.Struct, frozen=True):
    """Touchpoints of some types whose data passes every predicate; a type may end in `.*` for its whole group."""

    types: tuple[str, ...]
    where: tuple[Predicate, ...] = ()


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """The touchpoint at hand matches, or with `within_ms` one did in the last `within_ms` (counting this one)."""

    selector: Selector
    within_ms: int = 0


class Count(msgspec.Struct, frozen=True, tag="count"):
    """At least `at_least` touchpoints matched in the last `within_ms`, this one included."""

    selector: Selector
    at_least: int
    within_ms: int


class Measure(msgspec.Struct, frozen=True, tag="measure"):
    """The `sum` or `average` of the numbers in field `of` of the data of matches is within bounds, both included.

    Counts what matched in the last `within_ms`, this one included, if there were `min_count` or more. One bound is
    given or both.
    """

    selector: Selector
    function: str  # sum, average
    of: str
    within_ms: int
    at_least: float | None = None
    at_most: float | None = None
    min_count: int = 1


class Distinct(msgspec.Struct, frozen=True, tag="distinct"):
    """Matches of the last `within_ms`, this one included, had so many different values of `of`; at least one.

    `of` is channel, type, source or subject, else a field of the data; `data.` before it says so as well.
    """

    selector: Selector
    of: str
    within_ms: int
    at_least: int | None = None
    at_most: int | None = None


class Rate(msgspec.Struct, frozen=True, tag="rate"):
    """The last `within_ms`, this touchpoint included, is at least `times` the average of the `baseline` before it.

    Compares how many matched, or the sum of the numbers in field `of` of their data. Holds with `min_count` matches or
    more, and only where the periods before come to more than nothing.
    """

    selector: Selector
    within_ms: int
    baseline: int
    times: float
    min_count: int
    of: str = ""


class Score(msgspec.Struct, frozen=True, tag="score"):
    """The weights of all touchpoints so far, halved every `half_life_ms`, come to at least `at_least`.

    `weights` are by type, or by group with `.*`; no type has two. Negative ones take away.
    """

    weights: tuple[tuple[str, float], ...]
    half_life_ms: int
    at_least: float

    @property
    def selector(self) -> Selector:
        """What can make the score rise."""
        return Selector(tuple(name for name, weight in self.weights if weight > 0))


class Trait(msgspec.Struct, frozen=True, tag="trait"):
    """Of each field the latest `customer.updated` that carries it passes the predicates; nothing happens by it."""

    where: tuple[Predicate, ...]


class Step(msgspec.Struct, frozen=True):
    """One step of a sequence: within `within_ms` of the step before (0 = any time).

    With several `times` it is passed by the last of so many matches: of the first step the most recent ones count, if
    they lie within `within_ms`; of a later step all must come within `within_ms` of the step before. With `absent`
    (`not` in the files) it is passed when nothing matched for `within_ms`.
    """

    selector: Selector
    within_ms: int = 0
    absent: bool = False
    working: Working | None = None  # of a step that is absent
    times: int | msgspec.UnsetType = msgspec.UNSET  # unset, the digest of a rule is that from before there were `times`

    @property
    def repeats(self) -> int:
        """How many matches pass it."""
        return 1 if self.times is msgspec.UNSET else self.times


class Sequence(msgspec.Struct, frozen=True, tag="sequence"):
    """The steps in this order; other touchpoints in between do not matter."""

    steps: tuple[Step, ...]


class Absence(msgspec.Struct, frozen=True, tag="absence"):
    """After a match of `after`, no match of `of` for `within_ms`; the earliest unanswered `after` counts."""

    after: Selector
    of: Selector
    within_ms: int
    working: Working | None = None


class Broken(msgspec.Struct, frozen=True, tag="promise_broken"):
    """A promise of this kind stands broken `grace_ms` after it was due."""

    kind: str
    grace_ms: int = 0
    working: Working | None = None


class Feedback(msgspec.Struct, frozen=True, tag="feedback"):
    """The touchpoint at hand carries one of these metrics with a score on the bad side.

    Scores are rescaled to the metric's usual scale (NPS 0-10, CSAT 1-5, CES 1-7, STARS 1-5, THUMB 0-1) and turned round
    where the low end is the good one; `at_most` is on that scale.
    """

    selector: Selector
    metrics: tuple[str, ...]
    at_most: float


class EpisodeIs(StrEnum):
    """What a rule may ask of the episodes of others."""

    FIRES = "fires"
    OPEN = "open"
    RECOVERED = "recovered"


class OtherEpisode(msgspec.Struct, frozen=True, tag="episode"):
    """An episode of another rule begins to fire (or becomes more severe), is open, or recovered within `within_ms`.

    `rules`: of one of these; of none for all live rules about trouble that do not look at others themselves.
    `severity`: this or a worse one; not for what has recovered.
    """

    state: EpisodeIs
    rules: tuple[str, ...] = ()
    severity: Severity | None = None
    within_ms: int = 0


class AllOf(msgspec.Struct, frozen=True, tag="all"):
    """Every part holds at the same instant."""

    parts: tuple["Condition", ...]


class AnyOf(msgspec.Struct, frozen=True, tag="any"):
    """At least one part holds."""

    parts: tuple["Condition", ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The part does not hold."""

    part: "Condition"


Condition = (
    Seen
    | Count
    | Measure
    | Distinct
    | Rate
    | Score
    | Sequence
    | Absence
    | Broken
    | Feedback
    | Trait
    | OtherEpisode
    | AllOf
    | AnyOf
    | Not
)


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Trouble at one place, till or the like, whoever the customers are.

    It begins when `at_least` matches, or with `of` so many different values of it (`customer`, or a field of the data),
    come in `within_ms`, and these are at least `times` the average of as long a time over the `baseline_ms` before it;
    `times` 0 = no baseline. It recovers when the window has held less than `below` times that average, as it was at the
    start, for `calm_ms` (0 = not so), or after `clean_count` matches of `clean` without a match of `selector`.
    """

    over: Over
    selector: Selector
    at_least: int
    within_ms: int
    of: str = ""
    times: float = 0.0
    baseline_ms: int = 0
    below: float = 0.0
    calm_ms: int = 0
    clean: Selector | None = None
    clean_count: int = 0


class Rise(msgspec.Struct, frozen=True):
    """A step up the ladder: an open episode becomes this severe once open for `after_ms`, or as soon as `when` holds.

    One of the two is given.
    """

    to: Severity
    after_ms: int = 0
    when: Condition | None = None
    working: Working | None = None


class Reference(NamedTuple):
    """A place, line and column, at which a file names another rule."""

    rule: str
    line: int
    column: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One declared moment of truth.

    `by_field`: with `by` subject, a field of the data that stands for the subject; a touchpoint without it is about
    nothing. `recovers_on`: any of these ends an open episode as recovered (of the same subject where `by` is subject);
    `recovers_quiet_ms` (0 = none): so does as long a time without a negative touchpoint. With `recovers_all` it takes
    all of these together. `lost_on`, `lost_after_ms` (0 = never): any of these, or so long without recovery, ends it as
    lost; a touchpoint without a subject does so for every subject. `relapse_ms`: an episode that recovered no longer
    ago opens again, whatever the cooldown, instead of a new one. `hidden_by`: while an episode of one of these rules is
    open about the same subject, or either is about the whole customer, no episode opens; `hidden_at` is where the file
    says so, line and column.
    `unless`: if it holds when the rule would fire, no episode opens. `cooldown_ms`: no new episode of the same customer
    and subject for this long after the last one started. `expires_ms`: an episode still open then ends as expired.
    `crowd`: what makes this a rule over a crowd instead of a customer; `when` then only counts for the language's own
    checks.
    `raises`: what makes an open episode worse than `severity`; it never becomes less severe again. `settle_ms`: for so
    long an episode is only watched; one that ends before never fires. `settle_working`, `lost_working` and
    `quiet_working` are these durations in working time. `quiet_outside`: an episode that would begin to fire while this
    calendar is closed is only watched until it opens, unless it is critical. `follows_journey`: the moment of an alert
    is the stage of the journey where it opens, and `moment` only where that is not known. `positive`: the moment is a
    good one; such an alert pages nobody and counts as no trouble. `references`: the rules that its conditions name.
    """

    id: str
    moment: Moment
    severity: Severity
    when: Condition
    title: dict[str, str]
    advice: dict[str, str]
    version: int = 1
    owner: str = "support"
    by: By = By.CUSTOMER
    by_field: str = ""
    unless: Condition | None = None
    recovers_on: tuple[Selector, ...] = ()
    cooldown_ms: int = 0
    expires_ms: int = 30 * 86_400_000
    mode: Mode = Mode.LIVE
    legal_basis: str = ""
    raises: tuple[Rise, ...] = ()
    settle_ms: int = 0
    recovers_all: bool = False
    recovers_quiet_ms: int = 0
    lost_on: tuple[Selector, ...] = ()
    lost_after_ms: int = 0
    relapse_ms: int = 0
    settle_working: Working | None = None
    lost_working: Working | None = None
    quiet_working: Working | None = None
    quiet_outside: Calendar | None = None
    follows_journey: bool = False
    positive: bool = False
    references: tuple[Reference, ...] = ()
    hidden_by: tuple[str, ...] = ()
    hidden_at: tuple[int, int] = (0, 0)
    crowd: Crowd | None = None
    path: str = ""
    line: int = 0
