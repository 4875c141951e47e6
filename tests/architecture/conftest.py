"""The tests look at the house through one small module."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
