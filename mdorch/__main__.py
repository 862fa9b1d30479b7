"""`python -m mdorch`"""

from mdorch.front.cli.main import main

if __name__ == "__main__":
    main()
