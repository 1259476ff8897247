"""One file per operator of the condition language; each is a leaf with memory in the journey's slots."""
