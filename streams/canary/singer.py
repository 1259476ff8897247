"""Sings rounds: sends, waits for each stage, ends the round, and tells what was heard."""

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final

from streams.canary.rounds import Hearing, Outcome, Round, Stage
from streams.canary.voice import Voice
from streams.telemetry.canary import CanaryRecorder
from streams.touchpoints.canary import RESTED, SANG

_ID_BYTES: Final = 8


class Singer:
    """One round at a time; what is heard between two rounds is of no round."""

    def __init__(
        self,
        voice: Voice,
        walk: Sequence[str],
        recorder: CanaryRecorder,
        timeout_sec: float,
        stages: Sequence[Stage] = tuple(Stage),
    ) -> None:
        self._voice = voice
        self._customers: Iterator[str] = cycle(walk)
        self._recorder = recorder
        self._timeout_sec = timeout_sec
        self._stages = tuple(stages)
        self._hearing: Hearing | None = None
        self._began = 0.0
        self._whole = asyncio.Event()

    def hear_alert(self, subject: str, alert_id: str) -> None:
        """Take note of an alert of the canary."""
        if self._hearing is not None:
            self._note(self._hearing.alert(subject, alert_id, self._elapsed()))

    def hear_notice(self, alert_id: str) -> None:
        """Take note of a notice of the desk."""
        if self._hearing is not None:
            self._note(self._hearing.notice(alert_id, self._elapsed()))

    async def sing(self) -> Outcome:
        """Sing one round; it ends when all is heard, the gateway refuses, or time is out, and then the canary rests."""
        one = Round(secrets.token_hex(_ID_BYTES), next(self._customers))
        self._hearing = hearing = Hearing(one.subject, self._stages)
        self._whole.clear()
        self._began, why = time.monotonic(), ""
        self._recorder.sent()
        try:
            async with asyncio.timeout(self._timeout_sec):
                why = await self._voice.send(one.touchpoint(SANG, _now_ms()))
                if not why:
                    self._note(hearing.accepted(self._elapsed()))
                    await self._whole.wait()
        except TimeoutError:
            pass
        finally:
            self._hearing = None
        if not why:
            await self._voice.send(one.touchpoint(RESTED, _now_ms()))  # where that fails the alert expires by itself
        return Outcome(hearing.delays, self._stages, why)

    def _note(self, heard: Sequence[Stage]) -> None:
        assert self._hearing is not None  # noqa: S101 - the callers have looked
        for stage in heard:
            self._recorder.heard(stage, self._hearing.delays[stage], time.time())
        if self._hearing.is_whole:
            self._whole.set()

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
