"""How bytes come in and become a document: channels, limits, pipeline."""
