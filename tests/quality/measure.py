"""What the shipped pack is worth: all its rules together, over real orders and over made journeys with every mishap.

`python -m tests.quality` prints it, `tests/contract/test_pack_quality.py` holds the budgets.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from streams.alerts.alert import Alert
from streams.backtest.labels import ALL_RULES, Score, score
from streams.backtest.nuisance import Nuisance, Page, count
from streams.backtest.replay import Replay
from streams.codec.files import Line
from streams.codec.rules import read
from streams.codec.vocabulary import shipped
from streams.datasets import olist, simulate
from streams.rules.compile import compile_rules
from streams.settings.places import DEPLOY
from streams.touchpoints.label import Label

PACK: Final = DEPLOY / "rules"
EARLY: Final = ("delivery-late", "not-dispatched")  # what can be known before the customer says it
NOISE: Final = 1.0  # as many touchpoints of looking around as of the stories
LATE: Final = 0.05
DUPLICATES: Final = 0.05
OUTAGES: Final = 2
OFFLINE_TILLS: Final = 1


class Measured(msgspec.Struct, frozen=True):
    """One set of touchpoints with its labels, and what the pack says about it; `pages` are all that it calls for."""

    name: str
    touchpoints: int
    labels: Sequence[Label]
    alerts: Sequence[Alert]
    pages: Sequence[Page]

    @property
    def nuisance(self) -> Nuisance:
        """How many of the pages were for nothing."""
        return count(self.pages)

    def score(
        self, rules: Iterable[str] | None = None, customers: Callable[[str], bool] = lambda _: True, mode: str = ""
    ) -> Score:
        """Return the score of these rules together (default: of all), over these customers, of one mode or both."""
        chosen = None if rules is None else set(rules)
        alerts = [
            alert
            for alert in self.alerts
            if (chosen is None or alert.rule in chosen) and customers(alert.customer) and mode in ("", alert.mode)
        ]
        return score(alerts, [label for label in self.labels if customers(label.customer)])[ALL_RULES]


def real(folder: Path) -> Measured:
    """Return what the pack says about the Olist orders."""
    tables = olist.read(folder)
    lines: list[Line] = [(number, each, None) for number, each in enumerate(olist.touchpoints(tables), 1)]
    return _replayed("olist", lines, olist.labels(tables))


def made(customers: int, seed: int) -> Measured:
    """Return what the pack says about simulated journeys with noise, duplicates, lateness, outages, an offline till."""
    plan = simulate.Plan(
        customers=customers,
        seed=seed,
        noise=NOISE,
        late=LATE,
        duplicates=DUPLICATES,
        outages=OUTAGES,
        offline_tills=OFFLINE_TILLS,
    )
    lines: list[Line] = [
        (number, each.touchpoint, each.recorded) for number, each in enumerate(simulate.arrivals(plan), 1)
    ]
    return _replayed(f"simulated, seed {seed}", lines, list(simulate.labels(plan)))


def is_tuned_on(customer: str) -> bool:
    """Return whether a customer is of the half on which thresholds were chosen; the other half only tries them."""
    return hashlib.sha256(customer.encode()).digest()[-1] % 2 == 0


def _replayed(name: str, lines: list[Line], labels: Sequence[Label]) -> Measured:
    vocabulary = shipped()
    replay = Replay(compile_rules(read([PACK], vocabulary), vocabulary), vocabulary)
    summary = replay.run({name: lines}, None, lambda _: None)
    return Measured(name, summary.touchpoints, labels, replay.fired(), replay.pages)
