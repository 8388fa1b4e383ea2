//! The Parquet files of a table: one per month.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::disk::{self, Disk, Result};
use super::partition;
use crate::arrow::record::Records;
use crate::arrow::rows::{self, CHECKSUM, PARENT, Rows};
use crate::layout::{FieldOrder, Layout, Received};
use crate::sink::RowKey;

/// The name of the file of a partition.
const FILE: &str = "part-0.parquet";
/// The number of rows that are read at once, of each file that is open.
const ROWS: usize = 2_048;
/// The number of rows that a reader can skip together. The bytes of a file depend on it.
const ROW_GROUP: usize = 131_072;

/// Returns the names of the partitions of a table that have a file.
pub(super) fn partitions(folder: &Path) -> io::Result<Vec<String>> {
    let names = disk::names(folder)?.into_iter();
    Ok(names.filter(|name| name.starts_with(partition::PREFIX) && path(folder, name).exists()).collect())
}

pub(super) fn path(folder: &Path, partition: &str) -> PathBuf {
    folder.join(partition).join(FILE)
}

/// Replaces the file of a partition, or removes it if there are no rows. What is written depends on nothing but the rows.
pub(super) fn write(
    disk: &Disk,
    folder: &Path,
    partition: &str,
    schema: &SchemaRef,
    rows: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    let mut rows = rows.peekable();
    let path = path(folder, partition);
    if rows.peek().is_none() {
        disk.remove(&path)?;
        return Ok(disk.remove_folder(&folder.join(partition))?);
    }
    disk.create_folder(&folder.join(partition))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build();
    disk.write(&path, |file| {
        let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
        for batch in rows {
            writer.write(&batch?)?;
        }
        writer.close()?;
        Ok(())
    })
}

/// Reads the rows of a partition in the order of their ids, with the columns of a layout.
pub(super) fn read(
    folder: &Path,
    partition: &str,
    layout: &Layout,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(path(folder, partition))?)?;
    let (schema, layout) = (rows::schema(layout), layout.clone());
    Ok(file.with_batch_size(ROWS).build()?.map(move |batch| conform(batch?, &layout, &schema)))
}

/// Returns rows with the columns of a layout. An earlier version of the description may have had others.
pub(super) fn conform(batch: RecordBatch, layout: &Layout, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref().fields() == schema.fields() {
        return Ok(batch);
    }
    let (records, mut rows) = (Records::new(&batch), Rows::new(layout));
    let mut order = FieldOrder::default();
    for index in 0..batch.num_rows() {
        let record = Received::of_json(&records.record(index).into(), records.parent(index));
        let mut record = record.ok_or("a row has no id")?;
        record.checksum = records.checksum(index).unwrap_or(record.checksum);
        rows.push(&layout.row(&record, &mut order));
    }
    Ok(rows.finish()?.project(&(0..schema.fields().len()).collect::<Vec<_>>())?)
}

/// Reads some columns of a partition.
fn columns(folder: &Path, partition: &str, names: &[&str]) -> Result<ParquetRecordBatchReader> {
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(path(folder, partition))?)?;
    let mask = ProjectionMask::columns(file.parquet_schema(), names.iter().copied());
    Ok(file.with_projection(mask).with_batch_size(ROWS).build()?)
}

/// Returns `true` if a partition has the row of an id for which the function returns `true`.
pub(super) fn has_any(folder: &Path, partition: &str, changed: impl Fn(i64) -> bool) -> Result<bool> {
    for batch in columns(folder, partition, &["id"])? {
        let ids = batch?;
        if ids.column(0).as_primitive::<Int64Type>().values().iter().any(|id| changed(*id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds what identifies the rows of a partition.
pub(super) fn read_keys(folder: &Path, partition: &str, keys: &mut Vec<RowKey>) -> Result<()> {
    for batch in columns(folder, partition, &["id", PARENT, CHECKSUM])? {
        let batch = batch?;
        let column = |name| batch.column_by_name(name).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let (Some(ids), Some(parents), Some(checksums)) = (column("id"), column(PARENT), column(CHECKSUM)) else {
            return Err("a file lacks the columns of a copy".into());
        };
        let values = ids.iter().zip(parents).zip(checksums);
        keys.extend(
            values.filter_map(|((id, parent), checksum)| Some(RowKey { id: id?, parent, checksum: checksum? })),
        );
    }
    Ok(())
}
