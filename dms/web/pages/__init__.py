"""One module a page group."""
