"""Who sings next: made-up customers such that each partition is heard in as many rounds as there are partitions."""

from collections.abc import Sequence
from typing import Final

from streams.codec.partitioner import home_of
from streams.touchpoints.canary import CUSTOMER

EACH: Final = 16  # customers of one partition, so that a customer comes again only after as many walks


def walk(partitions: int, each: int = EACH) -> Sequence[str]:
    """Return the customers in the order in which they sing, again from the beginning after the last."""
    homes: list[list[str]] = [[] for _ in range(partitions)]
    missing, number = partitions * each, 0
    while missing:
        customer = f"{CUSTOMER}{number}"
        home = homes[home_of(customer.encode(), partitions)]
        if len(home) < each:
            home.append(customer)
            missing -= 1
        number += 1
    return [home[turn] for turn in range(each) for home in homes]
