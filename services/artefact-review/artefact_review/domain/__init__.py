"""The rules. Standard library and rulebook only."""
