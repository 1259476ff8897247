"""Pure: the record of one journey and its fold."""
