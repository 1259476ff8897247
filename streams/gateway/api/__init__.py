"""The HTTP side: routes, bodies, problems, documents."""
