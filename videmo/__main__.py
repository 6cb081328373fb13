"""``python -m videmo``."""

from videmo.cli.app import main

main()
