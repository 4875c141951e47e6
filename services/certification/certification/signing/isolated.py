"""Checks a strange PDF in a process of its own: a file may be made to eat memory or to keep a reader busy for ever."""

import asyncio
import resource
import sys
from pathlib import Path

from certification.signing.keys import SigningFolder

CPU_SECONDS = 10
WALL_SECONDS = 60
"""However busy the machine is: a file that is slow to read is ended by what it may use of a processor."""
BYTES = 1_000_000_000
AT_A_TIME = 2
UNREADABLE = "the file can't be read as a signed PDF"

_turn = asyncio.Semaphore(AT_A_TIME)


async def refused(pdf: bytes, folder: SigningFolder, reason: str | None = None) -> str | None:
    """Why the signature of a PDF can't be accepted (for this reason, where one is given), or nothing.

    Raises TimeoutError where the machine is too busy to tell.
    """
    about = (str(folder.folder), *(() if reason is None else (reason,)))
    async with _turn:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "certification.signing.isolated", *about),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(WALL_SECONDS):
                said, _ = await process.communicate(pdf)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return UNREADABLE if process.returncode else said.decode() or None


def main(folder: Path, reason: str | None = None) -> None:
    """Read a PDF from standard input, and write why it can't be accepted; write nothing when it can."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    from certification.signing import pades

    try:
        pades.check(sys.stdin.buffer.read(), SigningFolder(folder), reason)
    except pades.NotSigned as refused:
        sys.stdout.buffer.write(str(refused).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
