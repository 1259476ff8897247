"""How the desk tells the outside, once it is decided: a queue, its sender, and one file a channel."""
