"""How long tests wait for what must come: it costs nothing where it comes, and a loaded machine is no failure."""

from typing import Final

PATIENCE_SEC: Final = 120.0
