"""Gives a deployment more partitions: whatever has a key moves to where the key belongs from then on."""
