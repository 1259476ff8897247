"""Print what the shipped pack is worth: `python -m tests.quality [OLIST_FOLDER]`."""

import sys
from pathlib import Path
from typing import Final

from streams.backtest.labels import Score
from tests.quality.measure import EARLY, Measured, is_tuned_on, made, real

CUSTOMERS: Final = 4_000
SEEDS: Final = (1, 2, 3)
OLIST: Final = Path(__file__).parents[3] / "shared" / "data" / "olist"


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OLIST
    if folder.is_dir():
        _print_real(real(folder))
    else:
        sys.stdout.write(f"{folder}: the Olist tables are not there; name their folder\n")
    for seed in SEEDS:
        _print_made(made(CUSTOMERS, seed))


def _print_real(found: Measured) -> None:
    _print_made(found)
    _line("  early rules alone", found.score(EARLY))
    for name, is_tuned in (("tuned on", True), ("tried on", False)):
        half = lambda customer, wanted=is_tuned: is_tuned_on(customer) is wanted  # noqa: E731 - a name for the half
        _line(f"  {name}: all", found.score(customers=half))
        _line(f"  {name}: not-dispatched", found.score(EARLY[1:], half))


def _print_made(found: Measured) -> None:
    nuisance = found.nuisance
    sys.stdout.write(f"{found.name}: {found.touchpoints:,} touchpoints\n")
    _line("  all rules", found.score())
    _line("  live rules", found.score(mode="live"))
    sys.stdout.write(
        f"  {nuisance.pages:,} pages, {nuisance.healed_share or 0:.1%} would have healed themselves, "
        f"{nuisance.retracted_share or 0:.1%} retracted\n"
    )


def _line(name: str, score: Score) -> None:
    lead = score.lead_time_hours
    sys.stdout.write(
        f"{name:<28} precision {score.precision or 0:.3f}  recall {score.recall or 0:.3f}  "
        f"before {score.decided_before_label:,} of {score.true_positives:,}  lead {lead.p50 if lead else 0:.1f} h\n"
    )


if __name__ == "__main__":
    main()
