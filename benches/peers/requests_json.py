"""Reads the list as a script on requests does."""

import re
import sys
import time

import requests

url = sys.argv[1]
session = requests.Session()
session.headers["authorization"] = "Token k"
started = time.perf_counter()
records, more = 0, True
while more:
    page = session.get(f"{url}/contracts", params={"offset": records, "limit": 1000}).json()
    records += len(page["results"])
    more = page["next"] is not None
seconds = time.perf_counter() - started
with open("/proc/self/status") as status:
    peak = int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)) / 1024
print(records, seconds, peak)
