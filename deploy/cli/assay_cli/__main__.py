"""`python -m assay_cli`: the command line."""

from assay_cli.main import main

main()
