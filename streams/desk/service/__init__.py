"""What the desk does: between the store, the topics, the pages and those who look at it."""
