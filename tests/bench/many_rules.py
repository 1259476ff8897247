"""What a thousand rules cost against ten, per touchpoint, on a grocery chain's own touchpoints.

    python -m tests.bench.many_rules [--records N] [--rounds N]

The rules are such as a chain writes: the same few conditions once for each of its shops and campaigns, and as many on
touchpoints that it does not have here (web, chat, delivery). The ten are the first of the thousand. Both sets fold the
same touchpoints of the Complete Journey, in turn, and the ratio of each pair is taken: the machine's own changes of
speed are in both halves of it.
"""

import gc
import json
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Final

import click

from streams.alerts.partition import Partition
from streams.codec.vocabulary import shipped
from streams.datasets import completejourney
from streams.rules.compile import Plan, compile_rules
from streams.rules.load import load
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.run import COLLECT_AFTER

FEW: Final = 10
MANY: Final = 1_000
STORES: Final = 500  # numbers of shops and campaigns that the rules name; the tables have some of them
CAMPAIGNS: Final = 27
BATCH: Final = 500  # touchpoints handed over at a time, as by a worker

# One of each ten rules; {store} and {campaign} differ from ten to ten.
SHAPES: Final = (
    "count: {{type: sale.completed, where: {{store: '{store}'}}, at_least: 6, within: 7d}}",
    "sum: {{type: sale.completed, where: {{store: '{store}'}}, of: amount, at_least: 900, within: 30d}}",
    "average: {{type: sale.completed, where: {{store: '{store}'}}, of: amount, at_most: 2, min_count: 9, within: 30d}}",
    "seen: {{type: sale.completed, where: {{store: '{store}', amount: {{above: 700}}}}}}",
    "count: {{type: email.sent, where: {{campaign: '{campaign}'}}, at_least: 3, within: 1d}}",
    "count: {{type: coupon.redeemed, where: {{campaign: '{campaign}'}}, at_least: 20, within: 1d}}",
    "count: {{type: payment.failed, where: {{provider: 'p{store}'}}, at_least: 3, within: 10m}}",
    "absence: {{after: {{type: checkout.started}}, of: {{type: order.completed}}, within: {campaign}m}}",
    "count: {{type: page.viewed, where: {{page: '/{store}'}}, at_least: 9, within: 1h}}",
    "feedback: {{metric: NPS, at_most: 3, where: {{store: '{store}'}}}}",
)


def rules(count: int) -> str:
    """Return a rule file with so many rules."""
    lines = ["rules:"]
    for number in range(count):
        ten, shape = divmod(number, len(SHAPES))
        when = SHAPES[shape].format(store=300 + ten * 7 % STORES, campaign=1 + ten % CAMPAIGNS)
        lines += [
            f"  - id: rule-{number}",
            "    moment: FMOT",
            "    severity: low",
            "    when:",
            f"      {when}",
            "    recovers_on: {type: contact.made}",
            '    title: {en: "A rule", es: "Una regla"}',
            '    advice: {en: "None", es: "Ninguno"}',
        ]
    return "\n".join(lines)


def plan_of(count: int) -> Plan:
    """Compile so many rules."""
    vocabulary = shipped(())
    return compile_rules(load(rules(count), "bench.yaml", vocabulary), vocabulary)


def seconds(plan: Plan, touchpoints: list[Touchpoint]) -> tuple[float, int]:
    """Fold everything into fresh journeys; return how long that took, and how many alerts were raised."""
    partition, raised = Partition(0, plan), 0
    gc.collect()
    began = time.process_time()
    for start in range(0, len(touchpoints), BATCH):
        entries = [(start + at, None, each) for at, each in enumerate(touchpoints[start : start + BATCH])]
        partition.fold(0, entries, entries[-1][2].time)
        raised += len(partition.raised)
        partition.raised.clear()
        partition.take_dirty()
    return time.process_time() - began, raised


def pairs(records: int, rounds: int) -> Iterator[tuple[float, float, int, int]]:
    """Yield seconds with few and with many rules, and what each raised, round by round."""
    touchpoints = list(islice(completejourney.touchpoints(), records))
    few, many = plan_of(FEW), plan_of(MANY)
    for _ in range(rounds):
        with_few, raised_by_few = seconds(few, touchpoints)
        with_many, raised_by_many = seconds(many, touchpoints)
        yield with_few, with_many, raised_by_few, raised_by_many


@click.command()
@click.option("--records", default=60_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(records: int, rounds: int) -> None:
    """Print microseconds a touchpoint with few and with many rules, and the median ratio, as JSON."""
    gc.set_threshold(*COLLECT_AFTER)  # as in a worker
    found = list(pairs(records, rounds))
    each = [(few / records * 1e6, many / records * 1e6) for few, many, _, _ in found]
    click.echo(
        json.dumps(
            {
                "touchpoints": records,
                "few_us": round(median(few for few, _ in each), 2),
                "many_us": round(median(many for _, many in each), 2),
                "ratio": round(median(many / few for few, many in each), 2),
                "raised_by_few": found[0][2],
                "raised_by_many": found[0][3],
            }
        )
    )


if __name__ == "__main__":
    main()
