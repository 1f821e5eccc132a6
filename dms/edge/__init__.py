"""What both edges share: the guard before every route, sessions for an endpoint, limits of what comes in."""
