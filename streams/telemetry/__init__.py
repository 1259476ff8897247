"""The metric catalogue, recorders, logs and health."""
