"""Reads the list with httpx, and decodes it with msgspec."""

import re
import sys
import time

import httpx
import msgspec

url = sys.argv[1]
decoder = msgspec.json.Decoder()
client = httpx.Client(headers={"authorization": "Token k"}, trust_env=False)
started = time.perf_counter()
records, more = 0, True
while more:
    page = decoder.decode(client.get(f"{url}/contracts", params={"offset": records, "limit": 1000}).content)
    records += len(page["results"])
    more = page["next"] is not None
seconds = time.perf_counter() - started
with open("/proc/self/status") as status:
    peak = int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)) / 1024
print(records, seconds, peak)
