"""What operations and the rehearsal clock need of every service."""
