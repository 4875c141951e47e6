"""What the service decides, free of any input or output."""
