"""Programs of others that play a part in a scenario, the scratch files that they
need, and what they measured themselves, kept beside the capture.

Comes in: a namespace and a command. Goes out: the program running in it; for a
web server and its client also their own figures of every exchange.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from lab import LIBC, PATIENCE, PR_SET_PDEATHSIG, expect


class Program:
    """A program in a namespace, ended with the scenario."""

    def __init__(self, lab, host, command, stdin=None):
        with host.entered():
            self.process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=lab.folder,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        lab.keep(self)

    def tell(self, number):
        """Sends a signal."""
        self.process.send_signal(number)

    def ended(self, limit=30):
        """Waits for its end."""
        self.process.wait(limit)

    def close(self):
        """Ends it, if it has not ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Files:
    """Scratch files beside the captures, which are not to stay there."""

    def __init__(self, lab):
        self.lab, self.names = lab, []
        lab.keep(self)

    def path(self, name, text=None, executable=False):
        """A file's place, with a text written into it."""
        place = self.lab.path(name)
        self.names.append(place)
        if text is not None:
            with open(place, "w") as file:
                file.write(text)
            os.chmod(place, 0o755 if executable else 0o644)
        return place

    def close(self):
        """Takes them away."""
        for place in self.names:
            if os.path.exists(place):
                os.remove(place)


class Measured:
    """What the peers measured themselves, written as `NAME.measured.json`: a
    list for each of them, one exchange a line, in the order of their ends."""

    def __init__(self, lab, name):
        self.place, self.lists = lab.path(f"{name}.measured.json"), {}

    def add(self, peer, *rows):
        """Adds what a peer measured."""
        self.lists.setdefault(peer, []).extend(rows)

    def write(self):
        """Writes them all."""
        lists = [
            f"  {json.dumps(peer)}: [\n" + ",\n".join(f"    {json.dumps(row)}" for row in rows) + "\n  ]"
            for peer, rows in self.lists.items()
        ]
        with open(self.place, "w") as file:
            file.write("{\n" + ",\n".join(lists) + "\n}\n")


LOG_NUMBERS = (
    ("status", "status"), ("bytes_sent", "bytes_sent"), ("body_bytes_sent", "body_bytes_sent"),
    ("request_length", "request_length"), ("request_time", "request_time"), ("finished", "msec"),
    ("client_port", "remote_port"), ("connection_requests", "connection_requests"),
)  # fmt: skip


class Nginx:
    """An nginx in the foreground with the `server` blocks given, whose own log
    is read at its end. `also` names more variables to be in it, as texts."""

    def __init__(self, lab, host, servers, pages=(), also=()):
        self.folder = tempfile.mkdtemp(prefix="nginx")
        lab.keep(self)
        os.chmod(self.folder, 0o755)
        for name, content in pages:
            place = os.path.join(self.folder, name)
            with open(place, "wb") as file:
                file.write(content)
            os.utime(place, (1_704_067_200, 1_704_067_200))  # the tag of a page is made of its time
        figures = [f'"{key}":${variable}' for key, variable in LOG_NUMBERS]
        figures += [f'"{variable}":"${variable}"' for variable in also]
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        with open(os.path.join(self.folder, "conf"), "w") as file:
            file.write(
                "user root; worker_processes 1; daemon off; master_process off;\n"
                f"pid {self.folder}/pid; error_log {self.folder}/errors;\n"
                "events { worker_connections 64; }\n"
                f"http {{ {temporary} server_tokens off; default_type text/plain;\n"
                "types { text/html html; text/css css; application/json json; }\n"
                f'log_format figures escape=json \'{{"method":"$request_method","uri":"$request_uri",{",".join(figures)}}}\';\n'
                f"access_log {self.folder}/log figures; root {self.folder};\n{servers}\n}}\n"
            )
        self.program = Program(lab, host, ["nginx", "-p", self.folder, "-c", f"{self.folder}/conf"])
        time.sleep(0.7)
        if self.program.process.poll() is not None:
            with open(f"{self.folder}/errors") as file:
                raise RuntimeError(f"nginx does not run: {file.read()}")

    def log(self):
        """What it noted of every request so far."""
        with open(f"{self.folder}/log") as file:
            return [json.loads(line) for line in file]

    def close(self):
        """Takes its files away."""
        shutil.rmtree(self.folder)


CURL = (
    "method", "url_effective", "response_code", "exitcode", "num_connects", "local_port",
    "size_request", "size_upload", "size_header", "size_download",
    "time_namelookup", "time_connect", "time_pretransfer", "time_starttransfer", "time_total",
)  # fmt: skip


def asking(host, resolver, command):
    """Runs a command that asks a resolver for names, if one is given (in a mount
    namespace, so that this host's settings stay)."""
    with tempfile.NamedTemporaryFile("w") as settings:
        if resolver:
            settings.write(f"nameserver {resolver}\n")
            settings.flush()
            within = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
            command = ["unshare", "--mount", "sh", "-c", within, settings.name, *command]
        with host.entered():
            return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def curl(host, *transfers, resolver=None, also=()):
    """Runs curl for some transfers, each a list of its arguments, one after the
    other in one process; gives what it measured of each. `also` names more of its
    figures."""
    command = ["curl"]
    for number, transfer in enumerate(transfers):
        command += (["--next"] if number else []) + ["-s", "-o", "/dev/null", "-w", "%{json}\n", *transfer]
    done = asking(host, resolver, command)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    expect(len(rows) == len(transfers), f"curl made {len(rows)} of {len(transfers)} transfers: {done.stderr}")
    return [{key: row[key] for key in (*CURL, *also)} for row in rows]


class Server:
    """Accepts connections at an address, and plays a function with each of them in
    a thread of its own; the connection is closed when the function returns."""

    def __init__(self, lab, host, address, play):
        self.listener, self.play = lab.listen(host, address), play
        self.listener.settimeout(0.05)
        self.stop, self.thread = False, threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        lab.keep(self)

    def _accept(self):
        while not self.stop:
            try:
                accepted, _ = self.listener.accept()
            except socket.timeout:
                continue
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted):
        with accepted:
            accepted.settimeout(PATIENCE)
            self.play(accepted)

    def close(self):
        """Accepts no more."""
        self.stop = True
        self.thread.join()
