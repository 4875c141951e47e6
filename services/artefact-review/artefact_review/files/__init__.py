"""From a file to plain rows, and from rows to a file. Works on bytes, without IO; slow enough to belong in a thread."""
