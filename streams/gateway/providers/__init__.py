"""Webhooks of providers: one mapping file each, and the provider's own signature."""
