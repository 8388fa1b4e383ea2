"""Sums debits less credits by account in a folder of Parquet files, with DuckDB and with DataFusion.

    python read_parquet.py copy/transactions

Prints a JSON object for each engine: account, and sum as text. Needs the packages duckdb, datafusion and pyarrow.
"""

import json
import sys

import datafusion
import duckdb
import pyarrow

folder = sys.argv[1]
SUMS = """SELECT account, CAST(SUM(COALESCE(debit_amount, 0)) - SUM(COALESCE(credit_amount, 0)) AS VARCHAR)
FROM lines GROUP BY account"""

duckdb.sql(f"CREATE VIEW lines AS SELECT * FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true)")
by_duckdb = duckdb.sql(SUMS).fetchall()

context = datafusion.SessionContext()
context.register_listing_table(
    "lines", folder, table_partition_cols=[("month", pyarrow.string())], file_extension=".parquet"
)
batches = context.sql(SUMS).collect()
by_datafusion = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]

print(json.dumps({"duckdb": dict(by_duckdb), "datafusion": dict(by_datafusion)}))
