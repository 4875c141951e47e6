"""What the tests of the chassis share: the ledger, a small service, and messages for it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
