"""HTTP in front of Kafka: whatever speaks HTTP sends touchpoints, and what was answered with success is not lost."""
