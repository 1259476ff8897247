"""What a worker says of itself as a machine; what it says of customers is in `business`."""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.business import BUSINESS
from streams.telemetry.catalogue.process import PROCESS
from streams.telemetry.metric import Kind, Label, Metric

TOPIC: Final = Label("topic", 16)
GROUP: Final = Label("group", 65)  # the first word of a touchpoint type: payment, message, order ...
RULE: Final = Label("rule", 201)
STATUS: Final = Label("status", 7)
MODE: Final = Label("mode", 3)
REASON: Final = Label("reason", 9)
OUTCOME: Final = Label("outcome", 6)
SIGHT: Final = Label("state", 5)
SOURCE: Final = Label("source", 257)
BOUND: Final = Label("bound", 5)  # which bound was reached

SLICE_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1.0)
FLUSH_BUCKETS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
ALERT_BUCKETS: Final = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0)
BATCH_BUCKETS: Final = (1.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 2000.0)
LATENESS_BUCKETS: Final = (0.0, 1.0, 10.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0, 604800.0)
DELAY_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
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
    "From the oldest record of the slice that raised an alert (its Kafka timestamp) to that alert's acknowledgement; "
    "alerts by deadlines are not in it.",
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
    "touchpoint_fold_records",
    Kind.HISTOGRAM,
    "Records of one slice of folding.",
    "Near 1 while touchpoint_fold_seconds is high: single records take a whole slice; a slow rule, or a huge record.",
    buckets=BATCH_BUCKETS,
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
PARTITIONS: Final = Metric(
    "touchpoint_owned_partitions",
    Kind.GAUGE,
    "Partitions that this worker owns and folds.",
    "0 for minutes: there are more workers than partitions, or a lane failed, see the log; the sum over workers below "
    "the partitions: restart the worker that owns too few.",
)
JOURNEYS: Final = Metric(
    "touchpoint_journeys",
    Kind.GAUGE,
    "Journeys held by this worker.",
    "Above what the deployment was sized for: `touchpoint size` says what this many take; add memory or a worker.",
)
JOURNEY_BYTES: Final = Metric(
    "touchpoint_journey_bytes",
    Kind.GAUGE,
    "Bytes of the journeys' records: packed in memory, or in a file with TOUCHPOINT_LANE_STORE=disk.",
    "Near the memory of the machine: add a worker, or keep them on disk (TOUCHPOINT_LANE_STORE).",
)
EXPIRED: Final = Metric(
    "touchpoint_journeys_expired_total",
    Kind.COUNTER,
    "Journeys that ended because nothing happened for long enough.",
    "A steady rate is usual; a burst: so many came at once long ago (an import), or a source gives people new keys.",
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
    "touchpoint_recovered_records_total",
    Kind.COUNTER,
    "Changelog records read back at starts and rebalances.",
    "Still while partitions are being recovered: the broker does not deliver. Several times the journeys: the "
    "changelog is not compacted, see `touchpoint topics check`.",
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
    "touchpoint_waiting_journeys",
    Kind.GAUGE,
    "Journeys of which something that is due waits for a blind source.",
    "Not 0: `touchpoint sources list` names the source; once it sends again what waits is decided by itself.",
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
    "Not falling for minutes after a publication: the worker is busy (touchpoint_consumer_lag_records); add one.",
)
RULES_REFUSED: Final = Metric(
    "touchpoint_rules_refused_total",
    Kind.COUNTER,
    "Published versions of the rules that this worker could not run; the one before stayed in force.",
    "`touchpoint rules status` gives the reason; usually this worker is older than the rules.",
)

DEADLINES: Final = Metric(
    "touchpoint_deadlines",
    Kind.GAUGE,
    "Journeys that this worker has to look at when some time has come: promises, quiet hours, the end of an alert.",
    "Growing while touchpoint_journeys is not: what is promised is never kept; see who closes it, and the rules.",
)
DEADLINE_DELAY: Final = Metric(
    "touchpoint_deadline_delay_seconds",
    Kind.HISTOGRAM,
    "From the time at which a deadline was due to when it fired, by the wall clock; not counted in replays.",
    "Above 5 s: the lag (touchpoint_consumer_lag_records) or a blind source (touchpoint_sources) holds the clock back.",
    buckets=DELAY_BUCKETS,
)
OUTBOX: Final = Metric(
    "touchpoint_outbox_alerts",
    Kind.GAUGE,
    "Alert revisions that are remembered, or about to be, and that the broker has not acknowledged.",
    "Not 0 for a minute: the broker does not take writes; see touchpoint_outbox_age_seconds.",
)
OUTBOX_AGE: Final = Metric(
    "touchpoint_outbox_age_seconds",
    Kind.GAUGE,
    "How long the oldest alert revision has waited for its acknowledgement; 0 where none does.",
    "Above 10 s: nobody hears of alerts. Look at the broker, then at the log for a lost fence.",
)
RECOVERING: Final = Metric(
    "touchpoint_recovering_partitions",
    Kind.GAUGE,
    "Partitions that this worker owns and does not fold yet: their journeys are being read back.",
    "For minutes: the changelog is large, or the broker slow; touchpoint_recovered_records_total shows the progress.",
)
STALLED: Final = Metric(
    "touchpoint_stalled_ratio",
    Kind.GAUGE,
    "How much of the time that it may take something stood still: a recovery, records to read, writes, a rebalance.",
    "At 1 the worker ends by itself. Above 1 the broker does not answer it either; its /readyz says about what.",
)

WORKER: Final[Sequence[Metric]] = (
    *PROCESS,
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
    DEADLINES,
    DEADLINE_DELAY,
    OUTBOX,
    OUTBOX_AGE,
    RECOVERING,
    STALLED,
    *BUSINESS,
)
