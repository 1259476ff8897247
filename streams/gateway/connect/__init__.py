"""The page on which a developer gets a key, copies a line, and sees the first touchpoint arrive."""
