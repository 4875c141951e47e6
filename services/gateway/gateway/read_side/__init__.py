"""Every engagement as the facts of all services tell it."""
