"""`python -m hotline.cli`: the command line without its script."""

from hotline.cli import main

main()
