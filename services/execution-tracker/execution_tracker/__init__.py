"""Execution: connectivity, results, testing issues, the daily dashboard and the completion of execution."""
