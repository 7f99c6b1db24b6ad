"""`python -m verify`."""

from .cli import main

main(prog_name="verify")
