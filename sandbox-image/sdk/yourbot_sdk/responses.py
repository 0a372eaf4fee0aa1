"""``mmo_maid_sdk.responses` under its second name: the same module object."""

import sys

from mmo_maid_sdk import responses
from mmo_maid_sdk.responses import *  # noqa: F403

sys.modules[__name__] = responses
