"""``mmo_maid_sdk._components` under its second name: the same module object."""

import sys

from mmo_maid_sdk import _components

sys.modules[__name__] = _components
