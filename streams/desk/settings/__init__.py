"""The desk's own file: receivers, teams, routes and hours, read from YAML; and rotas, from iCalendar files."""
