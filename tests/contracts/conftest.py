"""The tests import what generates the documents."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
