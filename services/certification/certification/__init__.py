"""Completion reports, the exit gate, certificates and the eligibility register."""
