"""Runs scenarios, several at a time, and tries again what did not show its
effect (a busy machine can delay a packet past a timer)."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor

from lab import Failed, Lab
from scenarios import SCENARIOS

TRIES, AT_ONCE, LIMIT = 4, 4, 90


def one(name, folder):
    """Makes one scenario's captures in this process."""
    try:
        with Lab(folder) as lab:
            SCENARIOS[name](lab)
    except Failed as failed:
        print(failed)
        return 3
    except Exception:  # whatever it was, it is reported and tried again
        traceback.print_exc(file=sys.stdout)
        return 4
    return 0


def attempt(name, out):
    """One scenario in processes of its own until it succeeds."""
    for count in range(1, TRIES + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-B", os.path.abspath(__file__), "--one", folder, name]
            try:
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT)
                said, status = done.stdout.strip(), done.returncode
            except subprocess.TimeoutExpired:
                said, status = f"not done after {LIMIT} s", 4
            if status == 0:
                made = sorted(os.listdir(folder))
                for file in made:
                    shutil.copy(os.path.join(folder, file), os.path.join(out, file))
                print(f"{name}: {', '.join(made)}", flush=True)
                return True
        print(f"{name}: attempt {count} failed: {said}", flush=True)
    return False


def main():
    parser = argparse.ArgumentParser(prog="samples/make/run")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("out", metavar="OUTDIR")
    parser.add_argument("names", metavar="NAME", nargs="*")
    typed = parser.parse_args()
    if typed.out == "list":
        print("\n".join(SCENARIOS))
        return 0
    unknown = [name for name in typed.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    if typed.one:
        return one(typed.names[0], typed.out)
    os.makedirs(typed.out, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda name: attempt(name, typed.out), typed.names or SCENARIOS))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
