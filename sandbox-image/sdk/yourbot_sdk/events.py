"""``mmo_maid_sdk.events` under its second name: the same module object."""

import sys

from mmo_maid_sdk import events
from mmo_maid_sdk.events import *  # noqa: F403

sys.modules[__name__] = events
