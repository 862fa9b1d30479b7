"""Laws are tried on the same cases in every run of a build, and on new ones at every desk; a busy machine
may take as long as it needs for any of them."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.register_profile("build", derandomize=True, deadline=None)
settings.load_profile("build" if os.environ.get("CI") else "desk")
