"""`python -m tinydata`."""

from tinydata.cli import main

if __name__ == "__main__":
    main(prog_name="tinydata")
