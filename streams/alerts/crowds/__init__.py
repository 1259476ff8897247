"""Pure: trouble of a crowd, counted by buckets of event time and told as alerts."""
