"""Starts ctm under the name of its package, so that `uvx` finds it."""

import os
import subprocess
import sys


def main():
    """Becomes `ctm`, which is installed into the folder of this script."""
    folder = os.path.dirname(os.path.realpath(sys.argv[0]))
    arguments = [os.path.join(folder, "ctm.exe" if os.name == "nt" else "ctm"), *sys.argv[1:]]
    if os.name == "nt":
        # `execv` of Windows ends before the program that it starts.
        sys.exit(subprocess.call(arguments))
    os.execv(arguments[0], arguments)
