"""The lab: real kernels, a network with faults by seed, and the whole truth.

    python3 tests/lab/run.py OUTDIR [SCENARIO...] [--seeds N] [--at-once N]
    python3 tests/lab/run.py list

Leaves for each run a folder OUTDIR/SCENARIO/SEED with
- `a.pcap`, `b.pcap`: what both hosts recorded (a sends most of the data);
- `relay.jsonl`: what the network did to which frame (see relay.py);
- `counters.json`: both kernels' TCP counters, before and after;
- `truth_a.json`, `truth_b.json`: what is true about each capture (truth.py);
- `meta.json`: scenario, seed, faults that happened, sysctls.
Needs root, for network namespaces, packet sockets and ethtool; started by
another user, it asks sudo.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "..", "samples", "make"))

from bench import Run  # noqa: E402
from lab import Failed, Lab  # noqa: E402
from states import STATES  # noqa: E402
from transfers import TRANSFERS  # noqa: E402

TRIES, AT_ONCE, LIMIT = 8, 10, 60
SCENARIOS = {**TRANSFERS, **STATES}


def one(name, seed, folder):
    """Makes one run in this process."""
    sys.setswitchinterval(0.0005)  # the relay shares the interpreter with both peers
    try:
        with Lab(folder) as lab:
            run = Run(lab, seed)
            with run.captures:
                check = SCENARIOS[name](run)
                found, rise = run.finish()
                if check:
                    check(found, rise)
            run.meta["scenario"] = name
            run.write("meta.json", run.meta)
    except Failed as failed:
        print(failed)
        return 3
    except Exception:  # whatever it was, it is reported and tried again
        traceback.print_exc(file=sys.stdout)
        return 4
    return 0


def attempt(name, seed, out):
    """One run in a process of its own, tried again if it fails (a busy
    machine can delay a packet past a timer)."""
    target = os.path.join(out, name, str(seed))
    for count in range(1, TRIES + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-B", os.path.abspath(__file__), "--one", str(seed), folder, name]
            try:
                done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
                said, status = done.stdout.strip(), done.returncode
            except subprocess.TimeoutExpired:
                said, status = f"not done after {LIMIT} s", 4
            if status == 0:
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(folder, target)
                print(f"{name} {seed}: {_told(target)}", flush=True)
                return True
        print(f"{name} {seed}: attempt {count} failed: {said}", flush=True)
    return False


def _told(folder):
    with open(os.path.join(folder, "meta.json")) as file:
        faults = json.load(file)["faults"]
    with open(os.path.join(folder, "counters.json")) as file:
        rise = json.load(file)["rise"]
    again = [rise[side].get("TcpRetransSegs", 0) for side in "ab"]
    return f"faults {faults or 'none'}, sent again {again[0]} by a, {again[1]} by b"


def main():
    parser = argparse.ArgumentParser(prog="tests/lab/run.py")
    parser.add_argument("--one", type=int, metavar="SEED", help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, default=5, metavar="N")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N")
    parser.add_argument("out", metavar="OUTDIR")
    parser.add_argument("names", metavar="SCENARIO", nargs="*")
    typed = parser.parse_intermixed_args()
    if typed.one is not None:
        return one(typed.names[0], typed.one, typed.out)
    if typed.out == "list":
        print("\n".join(SCENARIOS))
        return 0
    unknown = [name for name in typed.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", sys.executable, *sys.argv])
    work = [(name, seed) for seed in range(1, typed.seeds + 1) for name in typed.names or SCENARIOS]
    with ThreadPoolExecutor(typed.at_once) as pool:
        results = list(pool.map(lambda each: attempt(*each, typed.out), work))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
