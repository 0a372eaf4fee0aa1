"""``python -m mmo_maid_sdk.cli``: the ``mmo`` command where its script is not on the path."""

import sys

from . import main

sys.exit(main())
