"""The start of upstream: autoload, renamed names, quiet."""
