"""Test artefacts, their checks and review, descoping, and the entry gate (CTSD 5.2, 5.6, 5.8, 6)."""
