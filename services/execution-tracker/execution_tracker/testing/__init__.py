"""What tests of this service stand on: an execution as its own events, and as the facts of others."""
