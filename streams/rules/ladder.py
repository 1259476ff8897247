"""The ladder of a rule: what makes an open alert more severe."""

from typing import Final

from streams.documents import Items, Node
from streams.rules import sense, timing
from streams.rules.conditions import Reader
from streams.rules.fields import Fields
from streams.rules.model import RANK, Rise, Rule, Severity
from streams.touchpoints.vocabulary import Vocabulary

_REMEDY: Final = "write raises: [{to: critical, after: 4d}]"


def read(fields: Fields, reader: Reader) -> tuple[Rise, ...]:
    """Read `raises`: one step or a list of them."""
    if "raises" not in fields:
        return ()
    node = fields.node_of("raises")
    listed = node.items if isinstance(node, Items) else (node,)
    if not listed:
        fields.findings.add(node, "`raises` is an empty list", f"leave it out, or {_REMEDY}")
    return tuple(_step(each, reader) for each in listed)


def _step(node: Node, reader: Reader) -> Rise:
    fields = reader.fields(node, "a step of `raises`", "to", "after", "when")
    if fields is None:
        return Rise(Severity.CRITICAL)
    given = [key for key in ("after", "when") if key in fields]
    if len(given) != 1:
        message = (
            f"a step of `raises` takes {'one of' if given else 'either'} `after` {'and' if given else 'or'} `when`"
        )
        remedy = "make them two steps" if given else "say how long the alert has been open: after: 1d"
        fields.findings.add(node, message, remedy)
    remedy = "say how long the alert has been open: after: 1d"
    after_ms, working = timing.duration(fields, "after", remedy, reader.vocabulary.calendars, default=0)
    return Rise(
        to=fields.choice("to", Severity),
        after_ms=after_ms,
        working=working,
        when=reader.condition(fields.node_of("when"), "`when` of a step") if "when" in fields else None,
    )


def check(fields: Fields, rule: Rule, vocabulary: Vocabulary) -> None:
    """Note the steps that can never be taken."""
    node = fields.node_of("raises")
    for place, step in enumerate(rule.raises):
        at = node.items[place] if isinstance(node, Items) else node
        if RANK[step.to] <= RANK[rule.severity]:
            message = f"the rule is `{rule.severity.value}` from the start: this step does not raise it"
            fields.findings.add(at, message, "name a worse severity, or begin with a milder one")
        elif step.after_ms >= rule.expires_ms:
            message = "this step is never taken: the alert expires before"
            fields.findings.add(at, message, "make `after` shorter than `expires_after`")
        elif step.when is not None and not sense.has_beginning(step.when):
            message = "`when` of a step has nothing that happens: a bare `not` holds from the first moment on"
            fields.findings.add(at, message, "put the `not` in an `all:` with the touchpoint at which to look")
        elif step.when is not None and sense.impossible(step.when, vocabulary):
            message = "`when` of a step can never hold: no instant is all of these at once"
            fields.findings.add(at, message, "use `any` or `sequence`, or give a `seen` among them a `within`")
