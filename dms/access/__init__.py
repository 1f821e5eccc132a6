"""Who may do which action, and which rows exist for whom."""
