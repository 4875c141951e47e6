"""What can happen to the completion of an engagement, and what may."""
