"""Rules over recorded touchpoints, without a broker."""
