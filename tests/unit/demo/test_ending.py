import asyncio
import os
import signal

import pytest

from streams.demo.ending import ASKING, Ended, Ending


@pytest.mark.parametrize("number", ASKING)
def test_a_signal_unwinds(number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and a closed terminal end what runs, and afterwards signals do what they did before."""
    before = signal.getsignal(number)
    with pytest.raises(Ended) as caught, Ending():
        os.kill(os.getpid(), number)
    assert caught.value.number == number
    assert signal.getsignal(number) is before


def test_a_signal_ends_a_wait_in_a_loop() -> None:
    """Tasks are not torn apart in the middle of a step."""
    with Ending() as ending:

        async def main() -> None:
            waiting = asyncio.create_task(ending.wait())
            await asyncio.sleep(0)
            os.kill(os.getpid(), signal.SIGTERM)
            await waiting

        with pytest.raises(Ended):
            asyncio.run(main())


def test_the_stop_is_not_disturbed() -> None:
    """Once it has begun, and after a first signal, further ones are ignored."""
    with Ending() as ending:
        with pytest.raises(Ended):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        ending.ignore()
        os.kill(os.getpid(), signal.SIGTERM)
