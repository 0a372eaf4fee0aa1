"""``mmo_maid_sdk._transport` under its second name: the same module object."""

import sys

from mmo_maid_sdk import _transport

sys.modules[__name__] = _transport
