"""Rules over a crowd as files say them: what they become, and the place and wording of each mistake."""

from typing import Any

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import Finding, LoadError
from streams.rules.load import load
from streams.rules.model import Count, Crowd, Over, Predicate, Selector
from streams.rules.over import value_of
from streams.touchpoints.touchpoint import Touchpoint

HEAD = """\
rules:
  - id: till-trouble
    moment: FMOT
    severity: high
    title: {en: "Till trouble", es: "Problemas en caja"}
    advice: {en: "Open another", es: "Abrir otra"}
"""
OVER = "    over: till\n"
SURGE = "    when: {surge: {type: sale.voided, at_least: 5, within: 15m}}\n"
USUAL = "    when: {surge: {type: sale.voided, at_least: 5, within: 15m, times: 4, baseline: 14d}}\n"


def findings(text: str) -> list[Finding]:
    """Return what is found in the text."""
    with pytest.raises(LoadError) as raised:
        load(text, "pack.yaml", shipped())
    return raised.value.findings


def test_a_whole_rule_becomes_its_struct() -> None:
    """Every key ends in the struct, durations in milliseconds."""
    text = f"""{HEAD}    over: product
    when:
      surge:
        type: review.created
        where: {{score: {{at_most: 2}}}}
        of: customer
        at_least: 5
        within: 6h
        times: 3
        baseline: 14d
    recovers_on:
      - {{below: 1.5, for: 24h}}
      - {{type: review.created, where: {{score: {{at_least: 4}}}}, count: 10}}
    lost: {{after: 7d}}
    cooldown: 1h
"""
    [rule] = load(text, "pack.yaml", shipped())
    hour = 3_600_000
    bad = Selector(("review.created",), (Predicate("score", "at_most", 2),))
    assert rule.crowd == Crowd(
        over=Over.PRODUCT,
        selector=bad,
        at_least=5,
        within_ms=6 * hour,
        of="customer",
        times=3,
        baseline_ms=14 * 24 * hour,
        below=1.5,
        calm_ms=24 * hour,
        clean=Selector(("review.created",), (Predicate("score", "at_least", 4),)),
        clean_count=10,
    )
    assert (rule.when, rule.lost_after_ms, rule.cooldown_ms) == (Count(bad, 5, 6 * hour), 7 * 24 * hour, hour)


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "remedy"),
    [
        ("    over: shop\n" + SURGE, 7, 11, "unknown over: shop", "write one of place"),
        (OVER, 2, 5, "a rule over a crowd lacks `when`", "write when: {surge:"),
        (
            OVER + "    when: {count: {type: sale.voided, at_least: 5, within: 15m}}\n",
            8,
            12,
            "unknown key `count`",
            "surge",
        ),
        (SURGE, 7, 19, "`surge` is the condition of a rule over a crowd", "over: till"),
        (OVER + SURGE + "    settle: 5m\n", 9, 5, "unknown key `settle` in a rule over a crowd", ""),
        (OVER + SURGE.replace("5, within: 15m", "0, within: 15m"), 8, 49, "`at_least` must be a whole number", "5"),
        (OVER + SURGE.replace("15m", "7m"), 8, 60, "`within` must be a multiple of 5m: 7m", "buckets"),
        (OVER + SURGE.replace("15m", "15m, times: 4"), 8, 19, "`times` and `baseline` belong together", "give both"),
        (OVER + USUAL.replace("times: 4", "times: 1"), 8, 72, "`times` must be more than 1: 1", "times: 4"),
        (OVER + USUAL.replace("14d", "20m"), 8, 85, "must be a number of whole windows", "multiple of 15m"),
        (OVER + USUAL.replace("14d", "29d"), 8, 85, "together must be 28d or less", "not kept longer"),
        (OVER + SURGE + "    recovers_on: {below: 2, for: 1h}\n", 9, 18, "there is no baseline", "give `times`"),
        (OVER + USUAL + "    recovers_on: {below: 4, for: 1h}\n", 9, 18, "it would recover while it still", "smaller"),
        (OVER + USUAL + "    recovers_on: {below: 0, for: 1h}\n", 9, 18, "`below` must be more than 0", "1.5"),
        (OVER + USUAL + "    recovers_on: {below: 1.5}\n", 9, 18, "lacks `for`", "for: 24h"),
        (OVER + SURGE + "    recovers_on: {type: sale.completed}\n", 9, 18, "lacks `count`", "count: 20"),
        (OVER + SURGE + "    recovers_on: {type: sale.voided, count: 2}\n", 9, 18, "matches its trigger", "mended"),
        (OVER + SURGE + "    recovers_on: []\n", 9, 18, "is an empty list", "{below: 1.5"),
        (OVER + SURGE + "    lost: {after: 40d}\n", 9, 11, "never lost by time", "shorter"),
        (OVER + SURGE + "    lost: {type: account.deleted}\n", 9, 12, "unknown key `type`", "after"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(
    text: str, line: int, column: int, message: str, remedy: str
) -> None:
    """One look at the file is enough to mend it."""
    found = findings(HEAD + text)
    shown = [(each.line, each.column, each.message, each.remedy) for each in found]
    assert any(
        (at, place) == (line, column) and message in said and remedy in hint for at, place, said, hint in shown
    ), shown


@pytest.mark.parametrize(
    ("over", "touchpoint", "data", "value"),
    [
        (Over.TILL, {"source": "//pos/madrid-014/till-3"}, {}, "//pos/madrid-014/till-3"),
        (Over.TILL, {"source": "//shop/web"}, {"till": "till-3"}, ""),
        (Over.PLACE, {"source": "//pos/madrid-014/till-3"}, {}, "madrid-014"),
        (Over.PLACE, {"source": "//pos/madrid-014/till-3"}, {"store": "lugo-2"}, "lugo-2"),
        (Over.PLACE, {}, {}, ""),
        (Over.SKU, {}, {"sku": 17}, "17"),
        (Over.PAGE, {}, {"path": "/cart"}, "/cart"),
        (Over.CAMPAIGN, {}, {"campaign": "xmas"}, "xmas"),
        (Over.CARRIER, {}, {"carrier": "seur"}, "seur"),
        (Over.PROVIDER, {}, {"provider": "adyen"}, "adyen"),
        (Over.PROVIDER, {}, {"provider": ["adyen"]}, ""),
        (Over.PROVIDER, {}, {"provider": True}, ""),
        (Over.PROVIDER, {}, {"provider": "x" * 201}, ""),
        (Over.PROVIDER, {}, {"provider": "a\x1fb"}, ""),
        (Over.PRODUCT, {"subject": "product:p1"}, {"sku": "s1"}, "p1"),
        (Over.PRODUCT, {"subject": "order:1"}, {"product": "p2", "sku": "s1"}, "p2"),
        (Over.PRODUCT, {}, {"sku": "s1"}, "s1"),
    ],
)
def test_each_kind_of_crowd_has_its_place_in_a_touchpoint(
    over: Over, touchpoint: dict[str, str], data: dict[str, Any], value: str
) -> None:
    """What has no name, or one that is none, belongs to no crowd."""
    fields = {"id": "1", "source": "//test", "type": "sale.voided", "time": 0, "customer": "", **touchpoint}
    assert value_of(over)(Touchpoint(**fields), data) == value  # type: ignore[arg-type] # the table mixes types
