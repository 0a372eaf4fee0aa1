"""The SDK under the name of its later line: the same objects as in ``mmo_maid_sdk``, so zips of both lines import."""

from mmo_maid_sdk import *  # noqa: F403
from mmo_maid_sdk import __all__ as __all__
from mmo_maid_sdk import __version__ as __version__
