"""Who a touchpoint is of: keys normalised and hashed at the door, and what is personal masked."""
