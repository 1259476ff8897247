"""The desk's API: everything that the console can do, for programs."""
