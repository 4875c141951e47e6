"""The notification service: engagements, their timetables, and who is told of what."""
