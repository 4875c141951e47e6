"""The law as data, and the pure functions that read it: working days, timetables, scope, criteria, rights of referral.

Every engagement, scope and certificate carries `VERSION`, so that it can be told by which rules it was made.
"""

from typing import Final

from rulebook.engine.files import read_toml

VERSION: Final[str] = str(read_toml("edition.toml")["version"])
"""The edition of the rules: the document, the year it was read, and a count of our changes to the data since."""
