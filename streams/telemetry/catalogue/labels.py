"""Labels that several components share, each with the most values it may ever have, `other` included."""

from typing import Final

from streams.telemetry.metric import Label

COMPONENT: Final = Label("component", 5)  # worker, desk, gateway, canary
VERSION: Final = Label("version", 2)
DEPENDENCY: Final = Label("dependency", 4)  # kafka, database, registry
MOMENT: Final = Label("moment", 6)  # ZMOT, FMOT, SMOT, TMOT, none
CHANNEL: Final = Label("channel", 33)  # of touchpoints, as the vocabulary names them
SEVERITY: Final = Label("severity", 5)
TEAM: Final = Label("team", 33)
