"""Run a step of the Makefile and say how long it took: ``timed.py NAME COMMAND [ARGUMENT …]``."""

import subprocess
import sys
import time

name, *command = sys.argv[1:]
print(f"── {name}", flush=True)
start = time.perf_counter()
code = subprocess.call(command)
seconds = time.perf_counter() - start
print(f"── {name}: {'done' if code == 0 else f'FAILED ({code})'} in {seconds:.1f} s", flush=True)
sys.exit(code)
