"""`python -m sparse_disent` is the command `sparse-disent`."""
import sys

from sparse_disent import cli

sys.exit(cli.main())
