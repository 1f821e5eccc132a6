"""Administration: jobs, health, people, and the town's structure."""
