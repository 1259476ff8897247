"""Bytes to touchpoints, alerts and dead letters, and back."""
