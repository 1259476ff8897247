"""Pure: declared moments of truth, loaded, compiled and explained."""
