"""Calendars: deadlines as a calendar program reads them, of one engagement or of a person."""
