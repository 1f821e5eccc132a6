"""Full-text search with rights: projection into the index and checked answers."""
