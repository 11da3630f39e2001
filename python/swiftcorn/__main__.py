"""`python -m swiftcorn`."""

import sys

from swiftcorn._door import main

sys.exit(main())
