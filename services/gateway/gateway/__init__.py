"""The only door: one API over all services, and the read side of every engagement."""
