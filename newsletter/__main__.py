"""`python -m newsletter` is the command `newsletter`; so are the processes that `run` starts."""

from newsletter.cli import main

if __name__ == "__main__":
    main(prog_name="newsletter")
