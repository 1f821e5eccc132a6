"""The fictitious Samtgemeinde that `dms demo` shows."""
