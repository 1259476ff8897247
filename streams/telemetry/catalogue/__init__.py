"""Every metric, declared once: name, type, labels with their bounds, buckets, meaning and remedy.

Nothing else may appear on /metrics, dashboards and alerting rules are checked against this list, and a change to it is
an entry in the change log. WORKER, DESK, GATEWAY and CANARY are what the page of each component shows. There is one
module for each, and all their names are names of this package.
"""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.business import *  # noqa: F403 - the parts are one catalogue
from streams.telemetry.catalogue.canary import *  # noqa: F403
from streams.telemetry.catalogue.canary import CANARY
from streams.telemetry.catalogue.desk import *  # noqa: F403
from streams.telemetry.catalogue.desk import DESK
from streams.telemetry.catalogue.gateway import *  # noqa: F403
from streams.telemetry.catalogue.gateway import GATEWAY
from streams.telemetry.catalogue.labels import *  # noqa: F403
from streams.telemetry.catalogue.process import *  # noqa: F403
from streams.telemetry.catalogue.worker import *  # noqa: F403
from streams.telemetry.catalogue.worker import WORKER
from streams.telemetry.metric import *  # noqa: F403
from streams.telemetry.metric import Metric

CATALOGUE: Final[Sequence[Metric]] = tuple(dict.fromkeys((*WORKER, *DESK, *GATEWAY, *CANARY)))
