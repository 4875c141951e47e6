"""How an e-mail is written down: safe to read, as plain text, and as HTML made of the same lines."""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

from chassis.web.fields import HIDDEN

UNREADABLE = re.compile(rf"[\u0000-\u0008\u000b-\u001f\u061c\u200e\u200f{HIDDEN}]")
"""What can't be seen and moves what can: controls, and marks that turn the reading direction round."""
ITEM = "- "
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family: sans-serif; max-width: 45em">
{content}
</body></html>
"""


def readable(text: str) -> str:
    """The text without characters that can't be seen."""
    return UNREADABLE.sub("", text)


def one_line(text: str) -> str:
    """The text as one line, whatever a name in it holds: a header ends where a line does."""
    return " ".join(readable(text).split())


def html_of(subject: str, body: str) -> str:
    """An e-mail as HTML: a paragraph for each block of lines, a list for the items among them. All of it is text."""
    return PAGE.format(title=escape(subject), content="\n".join(_blocks(body)))


def _blocks(body: str) -> Iterator[str]:
    for block in re.split(r"\n{2,}", body.strip()):
        for items, lines in groupby(block.split("\n"), key=lambda line: line.startswith(ITEM)):
            if items:
                yield f"<ul>{''.join(f'<li>{escape(line[len(ITEM) :])}</li>' for line in lines)}</ul>"
            else:
                yield f"<p>{'<br>'.join(map(escape, lines))}</p>"
