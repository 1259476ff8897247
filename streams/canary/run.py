"""The canary as a process, or for one round: puts ears and voice together, and ends cleanly."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import uvloop
from aiohttp import web

from streams.canary.beside import Beside
from streams.canary.ears import AlertEar, NoticeEar
from streams.canary.rounds import Change, Outcome, Stage, change
from streams.canary.singer import Singer
from streams.canary.voice import Voice
from streams.canary.walk import walk
from streams.errors import BrokerError, SettingError
from streams.settings.canary import KEY, PREFIX, CanarySettings, canary_settings, shared_secret
from streams.settings.secrets import read
from streams.settings.settings import Settings
from streams.telemetry.canary import CanaryRecorder
from streams.telemetry.pulse import watch
from streams.telemetry.server import TelemetryServer

NOTICES: Final = "/heard"
_REMEDY: Final = "touchpoint gateway keys create --source //touchpoint-tracker/canary --type 'canary.*'"
_log = logging.getLogger("touchpoint.canary")


class Process:
    """One canary; raises what is wrong with its settings before anything runs."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        self.canary: CanarySettings = canary_settings(environ)
        self._settings = settings
        self._key = read(environ, KEY)
        if not self._key:
            raise SettingError("the canary has no key for the gateway", place=f"{KEY} or {KEY}_FILE", remedy=_REMEDY)
        self._secret = shared_secret(environ, Path(settings.data_dir))
        self._recorder = CanaryRecorder(Stage)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    async def run(self) -> None:
        """Sing every so often until stopped, whatever is away meanwhile."""
        singing, stopping = asyncio.create_task(self._sing()), asyncio.create_task(self._stop.wait())
        settings = self._settings
        needed = watch(self._recorder.depends, settings.bootstrap_servers, settings.schema_registry_url)
        watching = asyncio.create_task(needed)
        try:
            await asyncio.wait([singing, stopping], return_when=asyncio.FIRST_COMPLETED)
            if singing.done():
                singing.result()
        finally:
            for each in (singing, stopping, watching):
                each.cancel()
            await asyncio.gather(singing, stopping, watching, return_exceptions=True)

    async def _sing(self) -> None:
        """Sing for ever; say once when it is not heard, and once when it is again."""
        before: Outcome | None = None
        async with self._perched(tuple(Stage), None) as singer:
            _log.info("ready on port %s", self.canary.port)
            while True:
                began = time.monotonic()
                outcome = await singer.sing()
                _say(change(before, outcome), outcome)
                before = outcome
                await asyncio.sleep(max(0.0, began + self.canary.interval_sec - time.monotonic()))

    async def once(self, stages: tuple[Stage, ...]) -> Outcome:
        """Sing one round, beside a canary that may run; raise BrokerError where there is no broker to hear it by."""
        is_beside = Stage.NOTIFICATION in stages
        async with self._perched(stages, self.canary.timeout_sec, is_beside=is_beside) as singer:
            return await singer.sing()

    @asynccontextmanager
    async def _perched(
        self, stages: tuple[Stage, ...], patience_sec: float | None, *, is_beside: bool = False
    ) -> AsyncIterator[Singer]:
        """Listen everywhere, and give who sings; wait so long for the broker, or for ever.

        `is_beside`: where a canary runs already, ask it for the notice instead of listening.
        """
        hearing: list[Singer] = []

        def hear_notice(alert_id: str) -> None:
            for singer in hearing:
                singer.hear_notice(alert_id)

        def hear_alert(subject: str, alert_id: str) -> None:
            for singer in hearing:
                singer.hear_alert(subject, alert_id)
            beside.follow(alert_id)

        beside = Beside(self.canary.url, hear_notice)
        servers, registry_url = self._settings.bootstrap_servers, self._settings.schema_registry_url
        ear = AlertEar(servers, registry_url, hear_alert, self._recorder.ready)
        tasks = [asyncio.create_task(ear.run())]
        async with AsyncExitStack() as stack:
            stack.push_async_callback(_ended, tasks)
            if is_beside and await beside.is_there():
                tasks.append(asyncio.create_task(beside.run()))
            elif Stage.NOTIFICATION in stages:
                server = self._server(ear, NoticeEar(self._secret, hear_notice))
                stack.push_async_callback(server.stop)
                await self._serve(server)
            partitions = await self._partitions(ear, patience_sec)
            timeout_sec = self.canary.timeout_sec
            voice = await stack.enter_async_context(Voice(self.canary.gateway, self._key, timeout_sec))
            hearing.append(Singer(voice, walk(partitions), self._recorder, timeout_sec, stages))
            yield hearing[0]

    def _server(self, ear: AlertEar, notices: NoticeEar) -> TelemetryServer:
        return TelemetryServer(
            self._recorder.registry,
            lambda: "" if ear.is_open else "the alerts topic cannot be read",
            port=self.canary.port,
            host=self.canary.host,
            routes=[web.post(NOTICES, notices.take), web.get(f"{NOTICES}/{{alert_id}}", notices.tell)],
        )

    async def _serve(self, server: TelemetryServer) -> None:
        try:
            await server.start()
        except SettingError as error:
            raise SettingError(
                f"the canary cannot listen on port {self.canary.port}",
                place=f"{self.canary.host}:{self.canary.port}",
                remedy=f"stop what uses it, choose another with {PREFIX}PORT, or do without the notice (--no-notice)",
            ) from error

    async def _partitions(self, ear: AlertEar, patience_sec: float | None) -> int:
        """Return how many partitions there are, once the ear is open; raise BrokerError where it does not open."""
        try:
            async with asyncio.timeout(patience_sec):
                return await asyncio.shield(ear.partitions)
        except TimeoutError as error:
            raise BrokerError(
                "the alerts topic cannot be read",
                place=self._settings.bootstrap_servers,
                remedy="see that the broker runs and that `touchpoint topics check` is content",
            ) from error


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End what listens."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _say(news: Change | None, outcome: Outcome) -> None:
    """Write what changed into the log: one line when it is lost, one when it is back."""
    if news is Change.LOST:
        why = f": {outcome.why}" if outcome.why else ""
        _log.error("the canary is not heard, the stage `%s` is missing%s", outcome.missing, why)
    elif news is Change.BACK:
        _log.warning("the canary is heard again")


def serve(settings: Settings) -> None:
    """Run a canary until SIGTERM or SIGINT."""
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    process, loop = Process(settings), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    await process.run()


async def once(settings: Settings, stages: tuple[Stage, ...], environ: Mapping[str, str] = os.environ) -> Outcome:
    """Sing one round and return what was heard of it."""
    return await Process(settings, environ).once(stages)
