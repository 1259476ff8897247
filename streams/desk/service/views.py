"""What people see of cases: plain data that the API gives as JSON and the console draws; both languages, masked.

Personal data are never in here: `who` holds masks (`c***9`), the reveal is a request of its own. Times are ms since the
epoch, 0 is never. Texts in two languages are maps from `en` and `es`.
"""

import msgspec

Texts = dict[str, str]


class Factor(msgspec.Struct, frozen=True):
    """One factor of a rank, as it is shown: `name` is severity, value or time; the rank is the product of all."""

    name: str
    factor: float
    because: Texts


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One case in the queue. `due_at` is when its customer is lost by the policy; `incident` a number or 0.

    `resolution` is why a resolved case is: a member of `Resolution`, else empty.
    """

    case_id: str
    number: int
    revision: int
    status: str
    severity: str
    moment: str
    person: str  # masked
    title: Texts
    rules: tuple[str, ...]
    alerts: int  # open ones
    opened_at: int
    changed_at: int
    due_at: int
    assignee: str
    team: str
    snoozed_until: int
    callback_at: int
    tags: tuple[str, ...]
    incident: int
    rank: float
    factors: tuple[Factor, ...]
    resolution: str = ""


class Page(msgspec.Struct, frozen=True):
    """Some rows; `after` is given back to get the next ones (empty at the end); `total` fits the filters.

    `seq` is the newest event that they take into account: whoever follows the events from there misses none.
    """

    rows: tuple[Row, ...]
    after: str
    total: int
    seq: int = 0


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """The customer behind masks; empty texts are not known. `certainty` is of the identity: known or anonymous."""

    masked: str
    language: str = ""
    tier: str = ""
    value: float | None = None
    channel: str = ""
    hours: str = ""
    contact: str = ""  # what is permitted: yes, no, or empty where nothing is known
    certainty: str = ""


class Clause(msgspec.Struct, frozen=True):
    """Why an alert is there: a clause of its rule, what was found, what it takes; `otherwise` is the nearest no."""

    rule: str
    clause: str
    value: float
    threshold: float
    touchpoints: tuple[str, ...]
    otherwise: Texts = {}


class Promised(msgspec.Struct, frozen=True):
    """A promise to the customer."""

    kind: str
    subject: str
    opened_at: int
    due: int
    status: str


class Try(msgspec.Struct, frozen=True):
    """What the customer tried in the last 72 hours."""

    at: int
    type: str
    channel: str
    subject: str = ""


class Feeling(msgspec.Struct, frozen=True):
    """One score or phrase."""

    at: int
    type: str
    score: float | None = None
    scale: str = ""
    phrase: str = ""
    aspect: str = ""


class Step(msgspec.Struct, frozen=True):
    """One touchpoint of the timeline; `polarity` is -1, 0 or 1; `gap_ms` is the silence before it where it is long."""

    at: int
    type: str
    channel: str
    moment: str
    polarity: int
    subject: str = ""
    gap_ms: int = 0
    is_evidence: bool = False


class Cause(msgspec.Struct, frozen=True):
    """The incident that a case belongs to."""

    number: int
    kind: str  # store, till, page, product, carrier, provider, campaign or rule
    name: str
    customers: int
    message: Texts = {}


class Advice(msgspec.Struct, frozen=True):
    """What to do now. `ready` is a text to send, in the language of the customer; `offer_limit` is of the role."""

    do: tuple[Texts, ...]
    avoid: tuple[Texts, ...]
    ready: Texts
    offer_limit: float | None
    hold: bool  # marketing and surveys keep quiet


class Proof(msgspec.Struct, frozen=True):
    """Evidence that closes an alert; `at` is when it came, 0 while it is awaited."""

    rule: str
    text: Texts
    at: int = 0


class Line(msgspec.Struct, frozen=True):
    """One line of the trail."""

    revision: int
    at: int
    who: str
    action: str
    detail: dict[str, str | int | float | bool]


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a case."""

    alert_id: str
    revision: int
    status: str
    rule: str
    rule_version: int
    moment: str
    severity: str
    subject: str
    started_at: int
    ended_at: int
    title: Texts
    reason: str
    judged: str = ""  # useful, not useful, or nothing


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided at last: `kind` is page, queue, digest or nothing, `by` what is behind it, if anything is."""

    kind: str
    reason: str
    by: str
    what: Texts
    why: Texts


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log of what was said to whom: an attempt, and what came of it."""

    at: int
    receiver: str
    channel: str
    kind: str
    attempt: int
    result: str
    reason: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One case on one screen, in the thirteen blocks of the alert card."""

    row: Row  # head: severity, moment, number, age, time left, who holds it
    who: Who
    what: Texts
    why: tuple[Clause, ...]
    promises: tuple[Promised, ...]
    tried: tuple[Try, ...]
    feelings: tuple[Feeling, ...]
    timeline: tuple[Step, ...]
    cause: Cause | None
    advice: Advice
    actions: tuple[str, ...]  # commands that this person may give now
    closes: tuple[Proof, ...]
    alerts: tuple[AlertView, ...]
    trail: tuple[Line, ...]
    fresh_at: int  # newest touchpoint or alert that we have of the customer
    blind: tuple[str, ...]  # sources
    corrections: int  # alerts that late data took back
    seq: int = 0  # newest event that it takes into account
    told: Told | None = None  # none: it is closed, or about to be decided
    said: tuple[Message, ...] = ()  # the newest first; the last hundred


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Many cases with one likely cause."""

    number: int
    kind: str
    name: str
    status: str  # open or closed
    severity: str
    opened_at: int
    changed_at: int
    cases: int
    open_cases: int
    rules: tuple[str, ...]
    title: Texts
    rows: tuple[Row, ...] = ()  # ranked; the first hundred


class TeamBoard(msgspec.Struct, frozen=True, kw_only=True):
    """A team at a glance; seconds are medians over the last 30 days, None where there is nothing yet."""

    team: str
    open: int
    unclaimed: int
    oldest_at: int
    acknowledge_sec: float | None
    recover_sec: float | None
    recovered: int
    closed: int
    relapsed: int


class SilenceView(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps cases quiet for a while; `holds` counts the open cases in view that it keeps quiet now."""

    id: str
    matchers: tuple[str, ...]
    starts_at: int
    ends_at: int
    author: str
    comment: str
    holds: int = 0
    may_end: bool = False  # by this viewer; never one of the desk's file


class RecoveryFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What became of customers of one rule, team, channel or store, over the last 30 days; None: nothing to tell yet.

    Rates of recovery and relapse are of the cases that ended, that of promoters is of all. `recover_sec` is a median.
    """

    name: str
    title: Texts
    cases: int
    ended: int
    recovered: int
    relapsed: int
    promoters: int | None
    recover_sec: float | None
    recovery_rate: float | None
    relapse_rate: float | None
    promoter_rate: float | None


class RuleWorth(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule's alerts came to."""

    rule: str
    title: Texts
    mode: str
    alerts: int
    useful: int
    not_useful: int
    recovered: int
    lost: int
    retracted: int
