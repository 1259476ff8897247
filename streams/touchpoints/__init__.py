"""Pure: the touchpoint, its vocabulary and its identity keys."""
