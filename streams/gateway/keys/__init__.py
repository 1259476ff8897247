"""API keys: who may send what from where, and how much."""
