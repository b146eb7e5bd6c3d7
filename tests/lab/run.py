"""The lab: real kernels, a network with faults by seed, and the whole truth.

    python3 tests/lab/run.py OUTDIR [SCENARIO...] [--seeds N] [--at-once N]
    python3 tests/lab/run.py list

Leaves for each run a folder OUTDIR/SCENARIO/SEED with
- `a.pcap`, `b.pcap`: what both hosts recorded (a sends most of the data);
- `relay.jsonl`: what the network did to which frame (see relay.py);
- `counters.json`: both kernels' TCP counters, before and after;
- `truth_a.json`, `truth_b.json`: what is true about each capture (truth.py);
- `exchanges.json`, where HTTP was spoken: what the server logged;
- `meta.json`: scenario, seed, faults that happened, sysctls, and why earlier
  attempts at this run failed.
A run whose recording shows a machine that could not keep up (truth.py) instead
of the network is made anew, as is one that does not show what it should; a run
that fails every time fails the lab.
Needs root, for network namespaces, packet sockets and ethtool; started by
another user, it asks sudo.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "..", "samples", "make"))

from bench import Run  # noqa: E402
from lab import Failed, Lab, Starved  # noqa: E402
from relay import real_time  # noqa: E402
from states import STATES  # noqa: E402
from transfers import TRANSFERS  # noqa: E402
from web import WEB  # noqa: E402

TRIES, AT_ONCE, LIMIT = 8, 10, 60
SCENARIOS = {**TRANSFERS, **STATES, **WEB}
DONE, FAILED, BROKEN, STARVED = 0, 3, 4, 5  # exit statuses of a process that makes one run
PLACE = threading.local()  # which CPU the runs of this thread are made on


def one(name, seed, folder, cpu):
    """Makes one run in this process."""
    # Frames wait in a queue for each CPU: on two of them they would overtake each other without a fault of the network.
    os.sched_setaffinity(0, {cpu})
    sys.setswitchinterval(0.0005)  # the relay shares the interpreter with both peers,
    real_time(True)  # and would wait for one that holds it but does not get its turn
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
        return STARVED if isinstance(failed, Starved) else FAILED
    except Exception:  # whatever it was, it is reported and tried again
        traceback.print_exc(file=sys.stdout)
        return BROKEN
    return DONE


def attempt(name, seed, out):
    """One run in a process of its own, tried again if it fails (a busy
    machine can delay a packet past a timer)."""
    target, failed = os.path.join(out, name, str(seed)), []
    for count in range(1, TRIES + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-B", os.path.abspath(__file__), "--one", str(seed), "--cpu", str(PLACE.cpu), folder, name]
            try:
                done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
                said, status = done.stdout.strip(), done.returncode
            except subprocess.TimeoutExpired:
                said, status = f"not done after {LIMIT} s", BROKEN
            if status == DONE:
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(folder, target)
                _note(target, failed)
                print(f"{name} {seed}: {_told(target)}", flush=True)
                return True
        print(f"{name} {seed}: attempt {count} failed: {said}", flush=True)
        failed.append({"starved": status == STARVED, "why": said})
    starved = sum(each["starved"] for each in failed)
    print(f"{name} {seed}: given up after {TRIES} attempts, in {starved} of which the machine starved", flush=True)
    return False


def _note(folder, failed):
    """Adds to the run's `meta.json` why it had to be made anew."""
    path = os.path.join(folder, "meta.json")
    with open(path) as file:
        meta = json.load(file) | {"failed_attempts": failed}
    with open(path, "w") as file:
        json.dump(meta, file, indent=1)


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
    parser.add_argument("--cpu", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, default=5, metavar="N")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N")
    parser.add_argument("out", metavar="OUTDIR")
    parser.add_argument("names", metavar="SCENARIO", nargs="*")
    typed = parser.parse_intermixed_args()
    if typed.one is not None:
        return one(typed.names[0], typed.one, typed.out, typed.cpu)
    if typed.out == "list":
        print("\n".join(SCENARIOS))
        return 0
    unknown = [name for name in typed.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", sys.executable, *sys.argv])
    work = [(name, seed) for seed in range(1, typed.seeds + 1) for name in typed.names or SCENARIOS]
    cpus = itertools.cycle(sorted(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(typed.at_once, initializer=lambda: setattr(PLACE, "cpu", next(cpus))) as pool:
        results = list(pool.map(lambda each: attempt(*each, typed.out), work))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
