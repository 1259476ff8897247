"""Shipped doubles: manual clock, in-memory log, journey builders."""
