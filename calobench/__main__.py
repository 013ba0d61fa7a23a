"""``python -m calobench``."""

from calobench.cli import main

main()
