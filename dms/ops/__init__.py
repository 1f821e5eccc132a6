"""Running it: verification, health."""
