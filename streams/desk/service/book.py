"""What the desk knows of rules: who owns them, how long there is to act, and what proves that a customer is fine."""

from collections.abc import Iterable, Mapping
from typing import Final

from streams.desk.service.views import Texts
from streams.rules.model import Rule, Selector

DEFAULT_TEAM: Final = "support"
_QUIET: Final = {"en": "No more trouble for {hours} h", "es": "Sin más problemas durante {hours} h"}
_HOUR_MS: Final = 3_600_000


class Book:
    """The rules that the desk was started with; a rule that is not among them gets defaults."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}

    @property
    def lost_ms(self) -> Mapping[str, int]:
        """How long there is to act, by rule, where it says so."""
        return {rule.id: rule.lost_after_ms for rule in self._rules.values() if rule.lost_after_ms}

    def team(self, rule: str) -> str:
        """Return who owns a rule."""
        return self._rules[rule].owner if rule in self._rules else DEFAULT_TEAM

    def title(self, rule: str) -> Texts:
        """Return its title, or its id."""
        return self._rules[rule].title if rule in self._rules else {"en": rule, "es": rule}

    def proofs(self, rule: str) -> tuple[Texts, ...]:
        """Return what ends an episode of a rule as recovered."""
        if rule not in self._rules:
            return ()
        found = self._rules[rule]
        texts = tuple(_said(each) for each in found.recovers_on)
        if found.recovers_quiet_ms:
            hours = f"{found.recovers_quiet_ms / _HOUR_MS:g}"
            texts += ({language: text.format(hours=hours) for language, text in _QUIET.items()},)
        return texts


def _said(selector: Selector) -> Texts:
    """Return a selector as people read it: the touchpoint types."""
    names = ", ".join(selector.types)
    return {"en": names, "es": names}
