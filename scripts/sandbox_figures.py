#!/usr/bin/env python3
"""Measures what the sandbox takes with a million ledger lines: time, memory, pages, and statements.

    python3 scripts/sandbox_figures.py [--lines 1000000] [--program PATH] [--core N]

Builds the program unless `--program` names one. Times are medians of ten requests, the first of which is counted apart:
it computes what the sandbox then keeps until something changes. `--core` gives the measured requests a core before all
other processes, which takes root and `chrt`; loading does not count, and runs like any other process.
"""

import argparse
import datetime
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time

ROUNDS = 10
PATHS = [
    ("page of 1,000 lines", "/coa/api/transaction?limit=1000&all_time=true"),
    ("the same from the middle", "/coa/api/transaction?limit=1000&all_time=true&offset={middle}"),
    ("the same by cursor", "/coa/api/transaction?limit=1000&all_time=true&cursor="),
    ("trial balance", "/ca/api/get_trial_balance?{year}"),
    ("income statement", "/ca/api/get_income_statement?{year}"),
    ("balance sheet", "/ca/api/get_balance_sheet?{year}"),
    ("page of accounts with balances", "/coa/api/account?limit=100"),
]


class Server:
    """A running sandbox. Its key is the one that it prints."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.started, self.key = None, None
        for line in self.process.stdout:
            if found := re.match(r"Listening on http://([\d.]+):(\d+) after (\S+)", line):
                self.host, self.port, self.started = found[1], int(found[2]), found[3]
            if found := re.search(r"admin: Authorization: (.+)", line):
                self.key = found[1].strip()
            if line.startswith("Press Ctrl-C"):
                return
        sys.exit("the sandbox has not started")

    def memory(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1e6 * 1.024 for line in status if line.startswith(name))

    def get(self, path):
        """Returns the seconds until the whole body was there, and the body."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers={"Authorization": self.key})
        response = self.connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        if response.status != 200:
            sys.exit(f"{path}: {response.status} {body[:200]!r}")
        return seconds, body

    def connect(self):
        self.connection = http.client.HTTPConnection(self.host, self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def program():
    build = ["cargo", "build", "--release", "-p", "campfire-sandbox-server", "--message-format=json-render-diagnostics"]
    messages = subprocess.run(build, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return next(path for path in (json.loads(line).get("executable") for line in messages) if path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--program")
    parser.add_argument("--core")
    options = parser.parse_args()
    path = options.program or program()

    first = ["chrt", "-f", "50", "taskset", "-c", options.core] if options.core else []
    starts = []
    for _ in range(ROUNDS):
        server = Server(*first, path)
        starts.append(float(server.started.removesuffix("ms")))
        server.stop()
    print(f"start without records: {statistics.median(starts):.1f} ms")

    server = Server(path, "--demo", str(options.lines))
    print(f"start with {options.lines:,} ledger lines: {server.started}")
    print(f"memory after the start: {server.memory('VmRSS'):.2f} GB, at most {server.memory('VmHWM'):.2f} GB")
    if options.core:
        for pid in (server.process.pid, os.getpid()):
            quiet = {"stdout": subprocess.DEVNULL, "check": True}
            subprocess.run(["taskset", "-a", "-c", "-p", options.core, str(pid)], **quiet)
            subprocess.run(["chrt", "-a", "-f", "-p", "50", str(pid)], **quiet)
    server.connect()
    print(f"\n| request | size | first | median of {ROUNDS} |\n| --- | ---: | ---: | ---: |")
    today = datetime.date.today()
    year = f"start_date={today - datetime.timedelta(365)}&end_date={today}"
    for name, target in PATHS:
        target = target.format(middle=options.lines // 2, year=year)
        (first, body), *others = [server.get(target) for _ in range(ROUNDS + 1)]
        median = statistics.median(seconds for seconds, _ in others)
        print(f"| {name} | {len(body) / 1e6:.2f} MB | {first * 1e3:.1f} ms | {median * 1e3:.1f} ms |")
    print(f"\nmemory at the end: {server.memory('VmRSS'):.2f} GB, at most {server.memory('VmHWM'):.2f} GB")
    server.stop()


if __name__ == "__main__":
    main()
