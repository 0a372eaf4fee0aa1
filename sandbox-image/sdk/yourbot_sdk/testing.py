"""``mmo_maid_sdk.testing` under its second name: the same module object."""

import sys

from mmo_maid_sdk import testing
from mmo_maid_sdk.testing import *  # noqa: F403

sys.modules[__name__] = testing
