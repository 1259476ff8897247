"""What the verbs that run until SIGTERM begin with."""

import logging
import os
from typing import Final

from streams.cli.kafka import run
from streams.settings.check import unknown
from streams.settings.declared import Part
from streams.settings.kafka import kafka_settings
from streams.settings.lane import lane_settings
from streams.settings.settings import Settings
from streams.telemetry.logs import configure_logs

_log: Final = logging.getLogger("touchpoint.settings")


def begin(settings: Settings, part: Part) -> None:
    """Set up the log, and warn of variables that look like settings and are none.

    Raises BrokerError where the cluster refuses this component. Where connections are plain nobody is known by name,
    so nothing is asked.
    """
    configure_logs(settings.log_level, as_json=settings.log_format == "json")
    for problem in unknown(os.environ):
        _log.warning("%s", problem)
    if kafka_settings().security_protocol != "PLAINTEXT":
        from streams.doctor.entrance import enter  # noqa: PLC0415 - a plain start is spared its imports

        client = logging.getLogger("aiokafka")
        level = client.level
        run(enter(settings.bootstrap_servers, part, lane_settings().namespace))
        client.setLevel(level)
