"""The fixtures `postgres` and `kafka` for every test of the repository."""

pytest_plugins = ["assay_lab.fixtures"]
