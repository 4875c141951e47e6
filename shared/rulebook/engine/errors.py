"""What is raised when the rulebook itself can't answer."""


class RulebookError(Exception):
    """The rulebook's data is wrong, or it was asked something that its data does not cover.

    The message names the file, the place in it, what is wrong and what would be right.
    """


def broken(file: str, place: str, problem: str, right: str) -> RulebookError:
    """An error in a data file, told the same way everywhere."""
    return RulebookError(f"rulebook/{file}, {place}: {problem} {right}")
