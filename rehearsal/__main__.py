"""What would happen? `python -m rehearsal SCENARIO…` says it, before production does."""

import sys

from rehearsal.scenario.command import main

sys.exit(main())
