"""``mmo_maid_sdk._exceptions` under its second name: the same module object."""

import sys

from mmo_maid_sdk import _exceptions

sys.modules[__name__] = _exceptions
