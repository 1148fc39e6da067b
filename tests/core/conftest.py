"""Random examples, the same ones in every run; DLCORE_EXAMPLES=2000 tries
that many new ones for each property, and prints how to see a failure again.
"""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

sys.path.insert(0, str(Path(__file__).parent))  # drawn.py

MANY = os.environ.get("DLCORE_EXAMPLES")

settings.register_profile(
    "dlcore",
    max_examples=int(MANY or 25),
    derandomize=not MANY,
    database=None,
    deadline=None,
    print_blob=True,
    # Without the phases that explain a failure, which take minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("dlcore")
