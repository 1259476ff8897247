"""A panel as Grafana wants it, made with Grafana's own builders."""

from collections.abc import Callable
from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as styles
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.code.panel import Kind, Levels, Panel

SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
MOMENTS: Final = (
    ("ZMOT", "researching"),
    ("FMOT", "choosing and buying"),
    ("SMOT", "using and being served"),
    ("TMOT", "sharing and recommending"),
)
GREEN, YELLOW, RED = "green", "yellow", "red"
LAST: Final = "lastNotNull"
_FILL: Final = {Kind.TREND: 8, Kind.STACK: 40}

Built = timeseries.Panel | stat.Panel | bargauge.Panel | statetimeline.Panel


def render(panel: Panel, number: int, x: int, y: int) -> Builder[models.Panel]:
    """Return the builder of a panel with its id and its place."""
    built = _FORMS[panel.kind](panel)
    built.id(number).title(panel.title).description(panel.description).datasource(SOURCE)
    built.grid_pos(models.GridPos(h=panel.height, w=panel.width, x=x, y=y))
    built.unit(panel.unit).thresholds(_thresholds(panel.levels)).transformations(_worded(panel))
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        built.with_target(_target(query.text, query.legend, letter, instant=panel.instant))
    if panel.decimals is not None:
        built.decimals(panel.decimals)
    if panel.floor is not None:
        built.min(panel.floor)
    if panel.ceiling is not None:
        built.max(panel.ceiling)
    if panel.words:
        colours = dict(zip((word for word, _ in panel.words), (RED, GREEN), strict=False))
        results = {value: models.ValueMappingResult(text=text, color=colours[value]) for value, text in panel.words}
        built.mappings([models.ValueMap(options=results)])
    return built


def _target(text: str, legend: str, letter: str, *, instant: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(text).ref_id(letter).legend_format(legend)
    return target.instant() if instant else target.range()


def _trend(panel: Panel) -> timeseries.Panel:
    legend = common.VizLegendOptions().show_legend(True).display_mode(styles.LegendDisplayMode.TABLE)
    tooltip = common.VizTooltipOptions().mode(styles.TooltipDisplayMode.MULTI).sort(styles.SortOrder.DESCENDING)
    built = timeseries.Panel().fill_opacity(_FILL[panel.kind]).line_width(1).show_points(styles.VisibilityMode.NEVER)
    built.legend(legend.placement(styles.LegendPlacement.BOTTOM).calcs([LAST, "max"])).tooltip(tooltip)
    if panel.kind is Kind.STACK:
        built.stacking(common.StackingConfig().mode(styles.StackingMode.NORMAL).group("A"))
    if panel.levels is not None:
        dashed = common.GraphThresholdsStyleConfig().mode(styles.GraphTresholdsStyleMode.DASHED)
        built.thresholds_style(dashed)
    return built


def _number(panel: Panel) -> stat.Panel:
    graph = styles.BigValueGraphMode.NONE if panel.instant else styles.BigValueGraphMode.AREA
    colour = styles.BigValueColorMode.VALUE if panel.levels or panel.words else styles.BigValueColorMode.NONE
    built = stat.Panel().graph_mode(graph).color_mode(colour).reduce_options(_last())
    several = len(panel.queries) > 1 or any("{{" in query.legend for query in panel.queries)
    return built.text_mode(styles.BigValueTextMode.VALUE_AND_NAME if several else styles.BigValueTextMode.VALUE)


def _bars(panel: Panel) -> bargauge.Panel:
    built = bargauge.Panel().orientation(styles.VizOrientation.HORIZONTAL).reduce_options(_last())
    if panel.levels is None:  # neither good nor bad
        built.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color("blue"))
    return built.display_mode(styles.BarGaugeDisplayMode.BASIC).show_unfilled(False)


def _states(panel: Panel) -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .line_width(0)
        .fill_opacity(70)
        .show_value(styles.VisibilityMode.NEVER)
        .row_height(0.8)
        .merge_values(True)
    )


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs([LAST]).values(False)


def _thresholds(levels: Levels | None) -> dashboard.ThresholdsConfig:
    steps: list[tuple[float | None, str]]
    if levels is None:
        steps = [(None, GREEN)]
    elif levels.concern == levels.bad:
        steps = [(None, GREEN), (levels.bad, RED)] if levels.rising else [(None, RED), (levels.bad, GREEN)]
    elif levels.rising:
        steps = [(None, GREEN), (levels.concern, YELLOW), (levels.bad, RED)]
    else:
        steps = [(None, RED), (levels.bad, YELLOW), (levels.concern, GREEN)]
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def _worded(panel: Panel) -> list[models.DataTransformerConfig]:
    """Say each moment of truth in words beside its acronym."""
    if not any("{{moment}}" in query.legend for query in panel.queries):
        return []
    return [
        models.DataTransformerConfig(
            id_val="renameByRegex", options={"regex": f"^{acronym}(.*)", "renamePattern": f"{acronym} {words}$1"}
        )
        for acronym, words in MOMENTS
    ]


_FORMS: Final[dict[Kind, Callable[[Panel], Built]]] = {
    Kind.TREND: _trend,
    Kind.STACK: _trend,
    Kind.NUMBER: _number,
    Kind.BARS: _bars,
    Kind.STATES: _states,
}
