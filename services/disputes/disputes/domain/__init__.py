"""What may be referred: events, state and decisions. Standard library and rulebook only."""
