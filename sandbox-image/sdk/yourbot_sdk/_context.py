"""``mmo_maid_sdk._context` under its second name: the same module object."""

import sys

from mmo_maid_sdk import _context

sys.modules[__name__] = _context
