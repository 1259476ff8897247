"""How providers sign: one file a scheme, all of the same form."""
