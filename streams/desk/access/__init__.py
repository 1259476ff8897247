"""Who may do what: people, tokens, roles, and what they see of a customer."""
