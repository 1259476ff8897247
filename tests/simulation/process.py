"""One run of one simulated worker process."""

from typing import Any


class Process:
    """Alive until it is killed; frozen as long as somebody has sent it SIGSTOP."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_alive = True
        self.is_frozen = False
        self.tasks: list[Any] = []  # all that it ever started: the collector must not close them while others live
        self.held: list[Any] = []  # what would run if it were neither frozen nor dead

    def kill(self) -> None:
        """End it at once, whatever it was doing."""
        self.is_alive = self.is_frozen = False

    def __repr__(self) -> str:
        return self.name
