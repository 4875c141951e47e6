"""Webhooks: who is called when something happens, by the rules of Standard Webhooks."""
