"""How much looking one touchpoint may cause: the detectors' bound against texts made of nothing but numbers."""

from typing import Final

LOOKS: Final = 24  # a chat message holds one or two numbers; a look costs up to 0.3 ms


class Effort:
    """What is left to spend. Whoever finds nothing left hides without looking, so that running out leaks nothing."""

    __slots__ = ("left",)

    def __init__(self, looks: int = LOOKS) -> None:
        self.left = looks

    def spend(self, looks: int = 1) -> bool:
        """Take so many looks; False where there are not enough left, and from then on."""
        self.left -= looks
        return self.left >= 0
