"""Who sings next."""

import pytest

from streams.canary.walk import EACH, walk
from streams.codec.partitioner import home_of
from streams.touchpoints.canary import CUSTOMER


@pytest.mark.parametrize("partitions", [1, 2, 8, 48])
def test_every_partition_is_heard_in_as_many_rounds_as_there_are(partitions: int) -> None:
    """Wherever one begins to listen, a partition that does not answer shows within one walk."""
    homes = [home_of(customer.encode(), partitions) for customer in walk(partitions)]
    assert all(set(homes[at : at + partitions]) == set(range(partitions)) for at in range(len(homes) - partitions))


def test_a_customer_comes_again_only_after_many_walks() -> None:
    """So that the journey of one keeps few rounds at a time; nobody real can have such a name by accident."""
    customers = walk(8)
    assert len(set(customers)) == len(customers) == 8 * EACH
    assert all(customer.startswith(CUSTOMER) for customer in customers)
    assert walk(8) == customers
