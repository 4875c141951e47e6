"""What tests of this service stand on: a completion as its own events, and as the facts of others."""
