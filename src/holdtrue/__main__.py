"""`python -m holdtrue` is the command `holdtrue`."""

import sys

if __name__ == "__main__":
    try:
        from holdtrue.cli import main

        main()
    except KeyboardInterrupt:  # before the command line could hear of it
        sys.stderr.write("\nstopped\n")
        sys.exit(130)
