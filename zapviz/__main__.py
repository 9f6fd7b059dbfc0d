"""``python -m zapviz`` is the command line."""

import sys

from zapviz.commands.cli import main

sys.exit(main())
