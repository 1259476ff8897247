"""Pure: episodes, what was said of them, and what must be said."""
