"""``python -m zapviz`` is the command line."""

import sys

from zapviz.cli import main

sys.exit(main())
