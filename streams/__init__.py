"""Real-time touchpoint tracker: touchpoints in, one journey per customer, an alert at each negative moment of truth."""
