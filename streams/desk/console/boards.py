"""Figures: teams at a glance, and what the rules are worth to those who work their alerts."""

from litestar import Response, get
from litestar.di import NamedDependency

from streams.desk.console.visit import Visit
from streams.desk.service.port import By


@get("/teams")
async def teams(visit: NamedDependency[Visit]) -> Response[str]:
    """Show each team of the viewer: what is open, how old, how fast; and what became of customers, `by` what."""
    asked = visit.request.query_params.get("by", "")
    by = By(asked) if asked in set(By) else By.TEAM
    board = await visit.desk.board(visit.viewer)
    return visit.page(
        "teams.html", board=board, by=by, choices=tuple(By), recovery=await visit.desk.recovery(visit.viewer, by)
    )


@get("/rules")
async def rules(visit: NamedDependency[Visit]) -> Response[str]:
    """Show each rule with its precision from thumbs, the least precise first; those without thumbs last."""
    worth = await visit.desk.worth(visit.viewer)

    def precision(useful: int, judged: int) -> float:
        return useful / judged if judged else 2.0

    ordered = sorted(
        worth, key=lambda rule: (precision(rule.useful, rule.useful + rule.not_useful), -rule.alerts, rule.rule)
    )
    return visit.page("rules.html", worth=ordered)
