"""The tests of the replay share the telling of the story."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
