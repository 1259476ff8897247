"""What a case is and how it changes: pure, the time is an argument."""
