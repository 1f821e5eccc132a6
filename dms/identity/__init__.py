"""People, roles, org units, legal entities, sessions and tokens."""
