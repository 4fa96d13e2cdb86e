"""`python -m geo` is the same as `artois`."""

from geo.cli import main

if __name__ == "__main__":
    main()
