"""Who goes through the faults: a program, and how to tell what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from streams.testing.deployment import Deployment
from tests.soak.verdict import Verdict


class Program(NamedTuple):
    """What runs in each process: a module, its command, and its environment beside what is common.

    It says `: ready: ` once it works.
    """

    module: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str]


class Subject(NamedTuple):
    """The worker, or a baseline in its place.

    `program` is given the address at which it reaches its broker. `group` is the consumer group whose progress is
    watched. `settle` returns when everything has been taken, or never will be. `judge` is given when the workers had
    caught up and when they were gone, ms since the epoch.
    """

    name: str
    group: str
    program: Callable[[str, Deployment], Program]
    settle: Callable[[Deployment], Awaitable[object]]
    judge: Callable[[Deployment, int, int], Awaitable[Verdict]]
