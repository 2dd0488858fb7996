"""Spark jobs with UDFs of each kind, under a memory profiler: python spark_udfs.py PROFILER.

The profiler is `context`, that of the SparkContext, or `session`, the one Spark 4 brought.
"""

import sys
import time
from collections.abc import Iterator

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf, udf

MIB = 1 << 20
PROFILER = sys.argv[1]

builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
# Two partitions of four rows: two worker processes, each with two batches of two rows.
builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "2")
builder.config("spark.sql.execution.pythonUDF.arrow.enabled", "false")
if PROFILER == "context":
    builder.config("spark.python.profile.memory", "true")
else:
    builder.config("spark.sql.pyspark.udf.profiler", "memory")
# The decorators below ask for it.
spark = builder.getOrCreate()


@udf("long")
def plain(number):
    block = bytearray(64 * MIB)
    size = len(block)
    del block
    return size + number


@udf("long")
def loop(number):
    blocks = []
    for _ in range(4):
        blocks.append(bytearray(16 * MIB))
    return sum([len(block) for block in blocks])


@udf("long")
def keeps(number, kept=[]):
    kept.append(bytearray(32 * MIB))
    return len(kept)


@udf("long")
def catches(number):
    try:
        block = bytearray(48 * MIB)
        raise ValueError(number)
    except ValueError:
        del block
        return -1


@pandas_udf("long")
def series(numbers: pd.Series) -> pd.Series:
    block = bytearray(64 * MIB)
    return numbers + len(block)


@pandas_udf("long")
def batches(several: Iterator[pd.Series]) -> Iterator[pd.Series]:
    first = bytearray(64 * MIB)
    for numbers in several:
        block = bytearray(32 * MIB)
        yield numbers + len(first)
        del block


def frames(several):
    for frame in several:
        block = bytearray(64 * MIB)
        yield frame
        del block


def who(_):
    import os

    import memory_profiler

    # So that one worker cannot take both partitions.
    time.sleep(1)
    yield memory_profiler.__name__, os.getpid()


workers = spark.sparkContext.parallelize(range(2), 2).mapPartitions(who).collect()
print("WORKERS", len({pid for _, pid in workers}), *{name for name, _ in workers})

numbers = spark.range(0, 8, 1, 2)
jobs = {job.__name__: numbers.select(job("id")) for job in (plain, loop, keeps, catches, series)}
if PROFILER == "session":
    jobs["batches"] = numbers.select(batches("id"))
    jobs["frames"] = numbers.mapInPandas(frames, "id long")
for name, job in jobs.items():
    print("JOB", name, sum(row[0] for row in job.collect()))
    if PROFILER == "session":
        spark.profile.show(type="memory")
        spark.profile.clear()
if PROFILER == "context":
    spark.sparkContext.show_profiles()
spark.stop()
