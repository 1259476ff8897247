"""What the rules compile to, as the fold sees it: per touchpoint type the steps to take, per timer whom to wake."""

from typing import Protocol

from streams.journeys.changes import Borders, Changes
from streams.journeys.folded import State
from streams.journeys.handler import Handler
from streams.journeys.holds import Silence
from streams.journeys.state import key
from streams.touchpoints.vocabulary import PromiseKind


class Plan(Protocol):
    """The compiled rules and vocabulary. Same plan, same touchpoints, same alerts."""

    handlers: dict[str, Handler]  # by touchpoint type; a type without one is only counted
    promises: dict[str, PromiseKind]
    flood_per_hour: int
    silence: dict[str, Silence]  # by rule
    borders: Borders

    def wake(self, state: State, rule: str, operator: str, subject: str, due: int, changes: Changes) -> None:
        """Fire a timer of a rule; a rule that is no longer in the plan does nothing."""

    def promise_broken(self, state: State, kind: str, subject: str, due: int, changes: Changes) -> None:
        """Tell the rules that a promise broke at `due`."""

    def expire_episode(self, state: State, rule: str, subject: str, due: int, changes: Changes) -> None:
        """End an episode that has been followed for long enough."""

    def flood(self, state: State, time: int, count: int, changes: Changes) -> None:
        """Open the episode that says that a customer is flooding."""

    def forget(self, state: State, before: int, slots: int) -> None:
        """Drop operator memory that nothing at or after `before` can use; at most `slots` of it stay."""


PROMISE, RULE, EPISODE = "p", "r", "e"  # first part of a timer's key: this is also the order at the same due time


def promise_timer(kind: str, subject: str) -> str:
    """Return the key of the timer of a promise."""
    return key(PROMISE, kind, subject)


def rule_timer(rule: str, operator: str, subject: str) -> str:
    """Return the key of the timer of one operator of a rule."""
    return key(RULE, rule, operator, subject)


def episode_timer(rule: str, subject: str) -> str:
    """Return the key of the timer that ends an episode."""
    return key(EPISODE, rule, subject)
