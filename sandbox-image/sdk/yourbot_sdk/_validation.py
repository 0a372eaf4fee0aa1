"""``mmo_maid_sdk._validation`` under its second name: the same module object."""

import sys

from mmo_maid_sdk import _validation

sys.modules[__name__] = _validation
