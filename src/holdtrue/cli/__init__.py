"""The command line: parse, call one function below, print."""

from holdtrue.cli.main import main

__all__ = ["main"]
