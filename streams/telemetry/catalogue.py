"""Every metric of worker and desk, declared once: name, type, labels with their bounds, buckets, meaning and remedy.

Nothing else may appear on /metrics, dashboards and alerting rules are checked against this list, and a change to it is
an entry in the change log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

OTHER: Final = "other"  # the label value of all that comes after the bound is reached


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Label:
    """A dimension with the most values it may ever have, `other` included."""

    name: str
    bound: int


@dataclass(frozen=True)
class Metric:
    """One declaration; `remedy` says what to do when the figure is bad, and is empty where nothing can be."""

    name: str
    kind: Kind
    help: str
    remedy: str = ""
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series_bound(self) -> int:
        """The most time series this metric can ever make."""
        series = 1
        for label in self.labels:
            series *= label.bound
        return series * (len(self.buckets) + 3 if self.buckets else 1)


TOPIC: Final = Label("topic", 16)
GROUP: Final = Label("group", 32)  # the first word of a touchpoint type: payment, message, order ...
RULE: Final = Label("rule", 201)
STATUS: Final = Label("status", 7)
MODE: Final = Label("mode", 3)
REASON: Final = Label("reason", 9)
OUTCOME: Final = Label("outcome", 6)
SIGHT: Final = Label("state", 4)
SOURCE: Final = Label("source", 257)
BOUND: Final = Label("bound", 5)  # which bound was reached
TEAM: Final = Label("team", 33)
NOVELTY: Final = Label("novelty", 3)
DECISION: Final = Label("reason", 24)
CHANNEL: Final = Label("channel", 16)  # kinds of channels, not addresses
TOLD: Final = Label("outcome", 5)
FAILURE: Final = Label("reason", 12)
OWED: Final = Label("state", 3)

SLICE_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1.0)
FLUSH_BUCKETS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
ALERT_BUCKETS: Final = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0)
BATCH_BUCKETS: Final = (1.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 2000.0)
LATENESS_BUCKETS: Final = (0.0, 1.0, 10.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0, 604800.0)
RECOVERY_BUCKETS: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

TOUCHPOINTS: Final = Metric(
    "touchpoint_touchpoints_total",
    Kind.COUNTER,
    "Touchpoints folded into journeys, by topic and by the first word of their type.",
    "A group at rest while its source is open for business: look at that source's producer.",
    (TOPIC, GROUP),
)
OUTCOMES: Final = Metric(
    "touchpoint_fold_outcomes_total",
    Kind.COUNTER,
    "What became of touchpoints: in_order, late (folded again), before_floor (too late), duplicate, flooded.",
    "Many before_floor: a producer buffers for longer than the lateness bound. Flooded: one customer id is a robot's.",
    (OUTCOME,),
)
REPLAYS: Final = Metric(
    "touchpoint_replays_skipped_total",
    Kind.COUNTER,
    "Records skipped because their journey remembered them already (law L4); expected after restarts.",
    "A steady rate without restarts: somebody resets the group's offsets.",
)
REFOLDS: Final = Metric(
    "touchpoint_refolds_total",
    Kind.COUNTER,
    "Journeys folded again from their snapshot because a touchpoint came late.",
    "More than a tenth of the touchpoints: partitions of one topic lag behind, or a producer's clock is off.",
)
LATENESS: Final = Metric(
    "touchpoint_lateness_seconds",
    Kind.HISTOGRAM,
    "How far a touchpoint's own time lies behind its partition's clock; 0 for whatever is not behind.",
    "A growing upper bucket: find the source that delivers late, or raise the lateness bound.",
    buckets=LATENESS_BUCKETS,
)
ALERTS: Final = Metric(
    "touchpoint_alerts_total",
    Kind.COUNTER,
    "Alert revisions acknowledged by the broker, by rule and status; rules past the bound count as other.",
    "One rule far above its usual rate: a real incident, or a rule that is too eager (set its mode to shadow).",
    (RULE, STATUS),
)
RAISED: Final = Metric(
    "touchpoint_alerts_raised_total",
    Kind.COUNTER,
    "Alerts acknowledged by the broker for the first time, by rule and mode (live, shadow).",
    "A rule in shadow that raises what its moment deserves may go live: change its mode and publish the rules.",
    (RULE, MODE),
)
TIME_TO_ALERT: Final = Metric(
    "touchpoint_time_to_alert_seconds",
    Kind.HISTOGRAM,
    "From the oldest record of the slice that raised an alert (its Kafka timestamp) to that alert's acknowledgement.",
    "Above 0.1 s: look at touchpoint_consumer_lag_records first, then at touchpoint_flush_seconds (a slow broker).",
    buckets=ALERT_BUCKETS,
)
DEAD_LETTERS: Final = Metric(
    "touchpoint_dead_letters_total",
    Kind.COUNTER,
    "Records refused, by topic and reason.",
    "`touchpoint dead-letters list` shows them; mend the producer, then `touchpoint dead-letters reinject`.",
    (TOPIC, REASON),
)
FOLD_SECONDS: Final = Metric(
    "touchpoint_fold_seconds",
    Kind.HISTOGRAM,
    "Time of one slice of folding, in which the worker does nothing else.",
    "Above 0.016 s: a rule is slow, or the machine is short of processors.",
    buckets=SLICE_BUCKETS,
)
FOLD_RECORDS: Final = Metric(
    "touchpoint_fold_records", Kind.HISTOGRAM, "Records of one slice of folding.", buckets=BATCH_BUCKETS
)
FLUSH_SECONDS: Final = Metric(
    "touchpoint_flush_seconds",
    Kind.HISTOGRAM,
    "Time until everything that a partition had folded was acknowledged by the broker.",
    "Above 1 s: the broker is slow or far away; commits lag, so a restart repeats more.",
    buckets=FLUSH_BUCKETS,
)
CHANGELOG_RECORDS: Final = Metric(
    "touchpoint_changelog_records_total",
    Kind.COUNTER,
    "Journeys written to the changelog and acknowledged.",
    "Close to the rate of touchpoints: the write delay is too short for the traffic.",
)
WATERMARK: Final = Metric(
    "touchpoint_watermark_timestamp_seconds",
    Kind.GAUGE,
    "Event time up to which a topic is known, as Unix time: the least of this worker's partitions.",
    "Far behind now while the lag is 0: one partition of the topic has fallen silent.",
    (TOPIC,),
)
LAG: Final = Metric(
    "touchpoint_consumer_lag_records",
    Kind.GAUGE,
    "Records of a topic that the broker holds and this worker has not folded: the sum over its partitions.",
    "Growing for minutes: add a worker, up to the number of partitions.",
    (TOPIC,),
)
PARTITIONS: Final = Metric("touchpoint_owned_partitions", Kind.GAUGE, "Partitions that this worker owns and folds.")
JOURNEYS: Final = Metric("touchpoint_journeys", Kind.GAUGE, "Journeys held by this worker.")
JOURNEY_BYTES: Final = Metric(
    "touchpoint_journey_bytes",
    Kind.GAUGE,
    "Bytes of the journeys' records in memory.",
    "Near the memory of the machine: add a worker, or let idle journeys expire sooner.",
)
EXPIRED: Final = Metric(
    "touchpoint_journeys_expired_total", Kind.COUNTER, "Journeys that ended because nothing happened for long enough."
)
UNCOUNTED: Final = Metric(
    "touchpoint_uncounted_total",
    Kind.COUNTER,
    "Touchpoints that met a bound of the counts beside the journeys: stats_group (counted as other); and not counted: "
    "stats_late, crowd_late, crowd_counts, crowds.",
    "stats_group: more places and products than TOUCHPOINT_LANE_STATS_GROUPS. crowds: a rule is over an unbounded set.",
    (BOUND,),
)
RECOVERY_SECONDS: Final = Metric(
    "touchpoint_recovery_seconds",
    Kind.HISTOGRAM,
    "Time to read journeys back at a start or a rebalance.",
    "Above 10 s: the changelog is not compacted; check it with `touchpoint topics check`.",
    buckets=RECOVERY_BUCKETS,
)
RECOVERED: Final = Metric(
    "touchpoint_recovered_records_total", Kind.COUNTER, "Changelog records read back at starts and rebalances."
)
COMMIT_FAILURES: Final = Metric(
    "touchpoint_commit_failures_total",
    Kind.COUNTER,
    "Commits of source offsets that the broker refused.",
    "One around a rebalance is normal; a steady rate: another group of the same name, or a broker in trouble.",
)
FENCES_LOST: Final = Metric(
    "touchpoint_fences_lost_total",
    Kind.COUNTER,
    "Partitions whose writes the broker refused because another worker had claimed them.",
    "Without a rebalance: two workers run under the same instance id, or this one stalls past its session.",
)

SOURCES: Final = Metric(
    "touchpoint_sources",
    Kind.GAUGE,
    "Sources by how they stand: seeing, silent or lagging (blind: deadlines wait for them), gone.",
    "`touchpoint sources list` names them; find out what holds them up.",
    (SIGHT,),
)
SOURCE_SKEW: Final = Metric(
    "touchpoint_source_skew_seconds",
    Kind.GAUGE,
    "How far the clock of a source is behind ours, negative where it is ahead; the usual delivery time is part of it.",
    "More than a few seconds ahead, or minutes behind: set the clock of the source (NTP).",
    (SOURCE,),
)
WAITING: Final = Metric(
    "touchpoint_waiting_journeys", Kind.GAUGE, "Journeys of which something that is due waits for a blind source."
)
RULES_BEHIND: Final = Metric(
    "touchpoint_rules_behind_partitions",
    Kind.GAUGE,
    "Partitions of this worker that do not run the newest published version of the rules.",
    "Not 0 for minutes: `touchpoint rules status` names the worker that refuses it, and why.",
)
RULES_WAITING: Final = Metric(
    "touchpoint_rules_waiting_journeys",
    Kind.GAUGE,
    "Journeys that have yet to pass over to the rules in force; those that are used pass over at once.",
)
RULES_REFUSED: Final = Metric(
    "touchpoint_rules_refused_total",
    Kind.COUNTER,
    "Published versions of the rules that this worker could not run; the one before stayed in force.",
    "`touchpoint rules status` gives the reason; usually this worker is older than the rules.",
)

DESK_CASES: Final = Metric(
    "touchpoint_desk_open_cases",
    Kind.GAUGE,
    "Cases on the desk that are not resolved, by team; teams past the bound count as other.",
    "Growing for a shift: more people, a silence for what cannot be helped, or a rule that is too eager.",
    (TEAM,),
)
DESK_UNSEEN_AGE: Final = Metric(
    "touchpoint_desk_unseen_age_seconds",
    Kind.GAUGE,
    "How long the oldest new case has waited for somebody to see it; what is snoozed does not count.",
    "Above the escalation of its route: nobody reads what the receivers get.",
)
DESK_ALERTS: Final = Metric(
    "touchpoint_desk_alerts_total",
    Kind.COUNTER,
    "Alert revisions that the desk has read, new ones and known ones; known ones come after restarts.",
    "Known ones at a steady rate: the desk restarts again and again.",
    (NOVELTY,),
)
DESK_UNREADABLE: Final = Metric(
    "touchpoint_desk_unreadable_records_total",
    Kind.COUNTER,
    "Records of the alerts topic that the desk could not read and left out; the log has their offsets.",
    "Any: the desk is older than the worker, or something else writes to the topic.",
)
DESK_LAG: Final = Metric(
    "touchpoint_desk_lag_records",
    Kind.GAUGE,
    "Records of the alerts topic that the broker holds and this desk has not kept.",
    "Growing for minutes: the database is slow, or out of reach.",
)
DESK_DECISIONS: Final = Metric(
    "touchpoint_desk_decisions_total",
    Kind.COUNTER,
    "Decisions that differ from the one before about the same case, by why it is told or not.",
    "Many over_budget or no_receiver: look at budgets and routes, `touchpoint desk routes test`.",
    (DECISION,),
)
DESK_NOTIFICATIONS: Final = Metric(
    "touchpoint_desk_notifications_total",
    Kind.COUNTER,
    "What came of notifications, by kind of channel: sent, failed (an attempt), fell_back, lost.",
    "Any lost: nobody was told. Fell back: a channel is dead; the page of the case has the log.",
    (CHANNEL, TOLD),
)
DESK_FAILURES: Final = Metric(
    "touchpoint_desk_notification_failures_total",
    Kind.COUNTER,
    "Attempts to notify that failed, by reason.",
    "Unauthorized or refused: the settings of the channel; others: the service on the other side.",
    (FAILURE,),
)
DESK_OWED: Final = Metric(
    "touchpoint_desk_owed_notifications",
    Kind.GAUGE,
    "Notifications that are owed: waiting to be sent, and failed (given up with nobody left to tell).",
    "Failed ones are tried again when the desk starts: mend the channel first.",
    (OWED,),
)
DESK_OWED_AGE: Final = Metric(
    "touchpoint_desk_owed_age_seconds",
    Kind.GAUGE,
    "How long the oldest notification that waits has been owed; 0 where none does.",
    "Above a minute: a channel is slow or away, see touchpoint_desk_notification_failures_total.",
)
DESK_UNPUBLISHED: Final = Metric(
    "touchpoint_desk_unpublished_records",
    Kind.GAUGE,
    "What people did that is kept, and not yet on the topics of actions and recovery.",
    "Growing: the broker is away; nothing is lost while the database is there.",
)

WORKER: Final[Sequence[Metric]] = (
    TOUCHPOINTS,
    OUTCOMES,
    REPLAYS,
    REFOLDS,
    LATENESS,
    ALERTS,
    RAISED,
    TIME_TO_ALERT,
    DEAD_LETTERS,
    FOLD_SECONDS,
    FOLD_RECORDS,
    FLUSH_SECONDS,
    CHANGELOG_RECORDS,
    WATERMARK,
    LAG,
    PARTITIONS,
    JOURNEYS,
    JOURNEY_BYTES,
    EXPIRED,
    UNCOUNTED,
    RECOVERY_SECONDS,
    RECOVERED,
    COMMIT_FAILURES,
    FENCES_LOST,
    SOURCES,
    SOURCE_SKEW,
    WAITING,
    RULES_BEHIND,
    RULES_WAITING,
    RULES_REFUSED,
)
DESK: Final[Sequence[Metric]] = (
    DESK_CASES,
    DESK_UNSEEN_AGE,
    DESK_ALERTS,
    DESK_UNREADABLE,
    DESK_LAG,
    DESK_DECISIONS,
    DESK_NOTIFICATIONS,
    DESK_FAILURES,
    DESK_OWED,
    DESK_OWED_AGE,
    DESK_UNPUBLISHED,
)
CATALOGUE: Final[Sequence[Metric]] = (*WORKER, *DESK)
