"""Checks a strange PDF in a process of its own: a file may be made to eat memory or to keep a reader busy for ever."""

import asyncio
import resource
import sys
from pathlib import Path

from certification.signing.keys import SigningFolder

SECONDS = 10
BYTES = 1_000_000_000
AT_A_TIME = 2
UNREADABLE = "the file can't be read as a signed PDF"

_turn = asyncio.Semaphore(AT_A_TIME)


async def refused(pdf: bytes, folder: SigningFolder) -> str | None:
    """Why the signature of a PDF can't be accepted, or nothing."""
    async with _turn:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "certification.signing.isolated", str(folder.folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(SECONDS):
                said, _ = await process.communicate(pdf)
        except TimeoutError:
            return UNREADABLE
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return UNREADABLE if process.returncode else said.decode() or None


def main(folder: Path) -> None:
    """Read a PDF from standard input, and write why it can't be accepted; write nothing when it can."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    from certification.signing import pades

    try:
        pades.check(sys.stdin.buffer.read(), SigningFolder(folder))
    except pades.NotSigned as reason:
        sys.stdout.write(str(reason))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
