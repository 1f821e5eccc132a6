"""Who did what: append-only leaves, Merkle seals, verification."""
