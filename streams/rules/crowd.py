"""Rules over a crowd, as rule files say it: `over`, the `surge` in `when`, and what ends it."""

from typing import Final, NamedTuple

from streams.documents import Items, Mapping, Node
from streams.rules import durations, selectors
from streams.rules.conditions import Reader
from streams.rules.fields import Fields
from streams.rules.model import Crowd, Over, Selector

KEYS: Final = (
    "id",
    "version",
    "moment",
    "owner",
    "severity",
    "over",
    "when",
    "recovers_on",
    "lost",
    "cooldown",
    "expires_after",
    "mode",
    "legal_basis",
    "title",
    "advice",
)
BUCKET_MS: Final = 300_000  # crowds are counted in buckets of this length
LONGEST_MS: Final = 28 * 86_400_000  # of baseline and window together: counts are kept somewhat longer
_WHEN_REMEDY: Final = "write when: {surge: {type: sale.voided, at_least: 5, within: 15m, times: 4, baseline: 14d}}"
_PROOF_REMEDY: Final = "write {below: 1.5, for: 24h}, or {type: sale.completed, count: 20}"


class _Proofs(NamedTuple):
    below: float = 0.0
    calm_ms: int = 0
    clean: Selector | None = None
    clean_count: int = 0


def is_crowd(node: Mapping) -> bool:
    """Tell whether a rule is over a crowd."""
    return any(key.text == "over" for key in node.entries)


def read(fields: Fields, reader: Reader) -> Crowd:
    """Read `over`, `when` and `recovers_on` of a rule over a crowd."""
    over = fields.choice("over", Over)
    surge = _surge(fields, reader)
    proofs = _proofs(fields, reader)
    if surge is None:
        return Crowd(over=over, selector=Selector(()), at_least=1, within_ms=BUCKET_MS)
    crowd = Crowd(
        over=over,
        selector=selectors.of_fields(surge, reader.vocabulary),
        at_least=surge.whole("at_least", "say how many it takes: at_least: 5", least=1),
        within_ms=surge.duration("within", "say in how long: within: 15m"),
        of=selectors.path(surge, "of", "say what differs: of: customer, or a field of the data")
        if "of" in surge
        else "",
        times=surge.number("times", "say how many times the average: times: 4") if "times" in surge else 0.0,
        baseline_ms=surge.duration("baseline", "say how long the average is taken over: baseline: 14d", default=0),
        below=proofs.below,
        calm_ms=proofs.calm_ms,
        clean=proofs.clean,
        clean_count=proofs.clean_count,
    )
    _check(fields, surge, crowd)
    return crowd


def read_lost(fields: Fields, reader: Reader) -> int:
    """Read `lost: {after: 7d}`; 0 for none."""
    if "lost" not in fields:
        return 0
    lost = reader.fields(fields.node_of("lost"), "`lost` of a crowd", "after")
    return lost.duration("after", "say after what time without recovery: after: 7d") if lost else 0


def _surge(fields: Fields, reader: Reader) -> Fields | None:
    when = fields.mapping("when", _WHEN_REMEDY)
    if when is None:
        return None
    node = Fields(when, "`when` of a crowd", ("surge",), fields.findings).need("surge", _WHEN_REMEDY)
    keys = (*selectors.KEYS, "of", "at_least", "within", "times", "baseline")
    return reader.fields(node, "surge", *keys) if node is not None else None


def _proofs(fields: Fields, reader: Reader) -> _Proofs:
    if "recovers_on" not in fields:
        return _Proofs()
    node = fields.node_of("recovers_on")
    listed = node.items if isinstance(node, Items) else (node,)
    if not listed:
        fields.findings.add(node, "`recovers_on` is an empty list", _PROOF_REMEDY)
    found = _Proofs()
    for each in listed:
        calm = _has(each, "below") or _has(each, "for")
        if found.calm_ms if calm else found.clean_count:
            fields.findings.add(each, "there are two proofs of one kind", "keep the one that is meant")
        proof = reader.fields(
            each, "`recovers_on` of a crowd", *(("below", "for") if calm else (*selectors.KEYS, "count"))
        )
        if proof is None:
            continue
        if calm:
            below = proof.number("below", "say how many times the average: below: 1.5")
            found = found._replace(below=below, calm_ms=proof.duration("for", "say for how long: for: 24h"))
            _buckets(proof, "for", found.calm_ms)
        else:
            clean = selectors.of_fields(proof, reader.vocabulary)
            found = found._replace(clean=clean, clean_count=proof.whole("count", "say how many: count: 20", least=1))
    return found


def _check(fields: Fields, surge: Fields, crowd: Crowd) -> None:
    note = fields.findings.add
    _buckets(surge, "within", crowd.within_ms)
    if ("times" in surge) != ("baseline" in surge):
        message = "`times` and `baseline` belong together"
        note(surge.node, message, "give both, or neither for the number alone")
    elif "times" in surge:
        if crowd.times <= 1:
            note(surge.node_of("times"), f"`times` must be more than 1: {crowd.times:g}", "write times: 4")
        if crowd.within_ms and crowd.baseline_ms % crowd.within_ms:
            message = "`baseline` must be a number of whole windows"
            note(surge.node_of("baseline"), message, f"write a multiple of {durations.show(crowd.within_ms)}")
        if crowd.below >= crowd.times:
            message = f"it would recover while it still surges: `below` {crowd.below:g} is not less than `times`"
            note(fields.node_of("recovers_on"), message, "write a smaller number")
    elif crowd.calm_ms:
        message = "`below` is times an average, and there is no baseline"
        note(fields.node_of("recovers_on"), message, "give `times` and `baseline` in `surge`")
    if crowd.calm_ms and crowd.below <= 0:
        note(fields.node_of("recovers_on"), f"`below` must be more than 0: {crowd.below:g}", "write below: 1.5")
    if crowd.within_ms + crowd.baseline_ms > LONGEST_MS:
        message = f"`within` and `baseline` together must be {durations.show(LONGEST_MS)} or less"
        note(surge.node_of("baseline"), message, "counts are not kept longer")
    if crowd.clean is not None and crowd.clean == crowd.selector:
        message = "what makes the rule fire also ends it: `recovers_on` matches its trigger"
        note(fields.node_of("recovers_on"), message, "name what shows that it is mended")


def _buckets(fields: Fields, key: str, duration_ms: int) -> None:
    if duration_ms % BUCKET_MS:
        message = f"`{key}` must be a multiple of {durations.show(BUCKET_MS)}: {durations.show(duration_ms)}"
        fields.findings.add(fields.node_of(key), message, "crowds are counted in buckets of that length")


def _has(node: Node, word: str) -> bool:
    return isinstance(node, Mapping) and any(key.text == word for key in node.entries)
