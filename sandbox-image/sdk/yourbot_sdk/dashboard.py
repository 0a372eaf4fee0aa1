"""``mmo_maid_sdk.dashboard`` under its second name: the same module object."""

import sys

from mmo_maid_sdk import dashboard
from mmo_maid_sdk.dashboard import *  # noqa: F403

sys.modules[__name__] = dashboard
