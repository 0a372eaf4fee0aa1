"""``mmo_maid_sdk._plugin` under its second name: the same module object."""

import sys

from mmo_maid_sdk import _plugin

sys.modules[__name__] = _plugin
