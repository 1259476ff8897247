"""What is wrong with a deployment: each check says what it saw and what to do."""
