"""Copies ledger lines from a server into Parquet files with dlt, for comparison with `campfire-replica`.

    python dlt_ledger.py http://127.0.0.1:8000 /coa/api/transaction folder

Needs the package dlt[parquet]. Prints lines, seconds, processor seconds and peak memory of the process and its children.
"""

import os
import resource
import sys
import time

os.environ.setdefault("NORMALIZE__WORKERS", "2")
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator


@dlt.resource(name="transactions", primary_key="id", write_disposition="append")
def transactions(url, path):
    client = RESTClient(base_url=url, paginator=JSONLinkPaginator(next_url_path="next"), data_selector="results")
    yield from client.paginate(path)


def main():
    url, path, folder = sys.argv[1:4]
    pipeline = dlt.pipeline(
        pipeline_name="ledger",
        pipelines_dir=os.path.join(folder, "pipeline"),
        destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/copy"),
        dataset_name="campfire",
    )
    start = time.monotonic()
    pipeline.run(transactions(url, path), loader_file_format="parquet")
    seconds = time.monotonic() - start
    counts = pipeline.last_trace.last_normalize_info.row_counts
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    peak = max(own.ru_maxrss, children.ru_maxrss) // 1024
    print(f"written={counts['transactions']} seconds={seconds:.2f} cpu={cpu:.2f} peak_mib={peak}")


if __name__ == "__main__":
    main()
