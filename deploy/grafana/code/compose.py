"""A dashboard as Grafana wants it: panels in their places, choices at the top, links, and our own alerts as marks."""

import json
from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.code.panel import Board, Panel, Row, Variable
from deploy.grafana.code.promql import OUR_ALERTS, check
from deploy.grafana.code.render import SOURCE, render

COLUMNS: Final = 24
TAG: Final = "touchpoint"
ALL: Final = models.VariableOption(selected=True, text=["All"], value=["$__all"])


def to_json(board: Board) -> str:
    """Return the dashboard as a file for Grafana's provisioning; the same text for the same board."""
    return json.dumps(compose(board), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def compose(board: Board) -> models.Dashboard:
    """Return the dashboard in the types of Grafana."""
    made = dashboard.Dashboard(board.title).uid(board.uid).description(board.description).tags([TAG]).editable()
    made.time(board.since, "now").refresh(board.refresh).timezone("browser")
    made.tooltip(models.DashboardCursorSync.CROSSHAIR)
    made.variables([_source(), *(_variable(each) for each in board.variables)])
    made.annotation(_alerts()).link(_links())
    built = made.build()
    built.panels = list(_panels(board))
    return built


def _panels(board: Board) -> Iterator[models.Panel | models.RowPanel]:
    """Give rows and panels from top to bottom, numbered from 1, each below what is above it."""
    number, top = 0, 0
    for row in board.rows:
        number += 1
        heading = dashboard.Row(row.title).id(number).collapsed(False)
        yield heading.grid_pos(models.GridPos(h=1, w=COLUMNS, x=0, y=top)).build()
        top += 1
        for panel, x, y in _places(row):
            number += 1
            yield render(panel, number, x, top + y).build()
        top += max(y + panel.height for panel, _, y in _places(row))


def _places(row: Row) -> Iterator[tuple[Panel, int, int]]:
    """Give each panel its place within the row: to the right while there is room, else below the highest."""
    x = y = height = 0
    for panel in row.panels:
        if x + panel.width > COLUMNS:
            x, y, height = 0, y + height, 0
        yield panel, x, y
        x, height = x + panel.width, max(height, panel.height)


def _source() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")


def _variable(variable: Variable) -> dashboard.QueryVariable:
    check(f'{variable.metric}{{{variable.name}=""}}')
    found = dashboard.QueryVariable(variable.name).label(variable.label).datasource(SOURCE)
    found.query(f"label_values({variable.metric}, {variable.name})").refresh(
        models.VariableRefresh.ON_TIME_RANGE_CHANGED
    )
    found.sort(models.VariableSort.ALPHABETICAL_ASC).multi(True).include_all(True)
    return found.all_value(".*").current(ALL)


def _alerts() -> dashboard.AnnotationQuery:
    found = dashboard.AnnotationQuery().name("Our own alerts").datasource(SOURCE).enable(True).hide(False)
    return found.icon_color("red").expr(check(OUR_ALERTS))


def _links() -> dashboard.DashboardLink:
    found = dashboard.DashboardLink("Touchpoint dashboards").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    return found.as_dropdown(False).include_vars(False).keep_time(True).target_blank(False)
