"""Work that outlives a request: the job row is the truth, the broker only a wake-up."""
