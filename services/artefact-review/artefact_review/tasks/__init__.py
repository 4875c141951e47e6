"""What runs beside requests and messages."""
