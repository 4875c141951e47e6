"""What holds for every test of the repository: its plugins, and what hypothesis may take for a failure."""

from hypothesis import settings

pytest_plugins = ["assay_lab.fixtures", "assay_lab.real_tests", "assay_lab.clause_proof", "pytester"]

# A machine that does other work too is slow, and no example is wrong for it.
settings.register_profile("assay", deadline=None)
settings.load_profile("assay")
