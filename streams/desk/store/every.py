"""Every table of the desk: importing this declares them all."""

from streams.desk.store import tables
from streams.desk.store.database import METADATA

__all__ = ["METADATA", "tables"]
