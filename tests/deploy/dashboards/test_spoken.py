"""Numbers in pictures read as they do in Grafana."""

import pytest

from tests.deploy.dashboards.spoken import spoken


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (0.123, "percentunit", 1, "12.3%"),
        (1.0, "percentunit", None, "100%"),
        (0.0035, "s", None, "3.5 ms"),
        (0.0, "s", None, "0 s"),
        (150.0, "s", None, "2.5 min"),
        (79_000_000.0, "bytes", None, "75.3 MiB"),
        (12.0, "bytes", None, "12 B"),
        (31.166, "cps", None, "31.2 /s"),
        (12_400.0, "locale", None, "12,400"),
        (12.4, "locale", 0, "12"),
        (-90.0, "s", None, "-1.5 min"),
    ],
)
def test_a_number_is_short_and_has_its_unit(value: float, unit: str, decimals: int | None, said: str) -> None:
    """Scaled to the largest step that it reaches."""
    assert spoken(value, unit, decimals) == said
