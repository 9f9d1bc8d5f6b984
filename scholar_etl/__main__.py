"""`python -m scholar_etl` is `scholar-etl`."""

from scholar_etl.cli import main

if __name__ == "__main__":
    main()
