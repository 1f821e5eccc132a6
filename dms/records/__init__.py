"""The electronic file: plan, file, case, document, version, rendition."""
