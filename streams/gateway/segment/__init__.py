"""Calls as Segment's own libraries send them."""
