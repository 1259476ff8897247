"""A safe place for touchpoints: Kafka with acknowledgements, and a spool on disk while the broker is away."""
