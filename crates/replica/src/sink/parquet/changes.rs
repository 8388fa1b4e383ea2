//! Files of changes: Arrow files with changes that the files of months do not have yet, by partition and id.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;

use super::buffer::Target;
use super::disk::{Disk, Result};
use super::manifest::{ChangeFile, Group};
use super::partition;
use crate::arrow::rows::{self, Rows};
use crate::layout::{FieldOrder, Layout};
use crate::sink::RowChange;

/// The number of rows in a batch. A merge holds one of each file.
const ROWS: usize = 256;

/// Writes a file of changes, which are sorted.
pub(super) fn write(
    disk: &Disk,
    folder: &Path,
    number: u64,
    layout: &Layout,
    changes: &[(Target, Vec<&RowChange>)],
) -> Result<ChangeFile> {
    disk.write(&ChangeFile::path(folder, number), |file| {
        let mut writer = FileWriter::try_new(file, &rows::change_schema(layout))?;
        let (mut rows, mut order) = (Rows::new(layout), FieldOrder::default());
        for batch in changes.iter().flat_map(|(_, changes)| changes.chunks(ROWS)) {
            for change in batch {
                match change {
                    RowChange::Write(record) => rows.push(&layout.row(record, &mut order)),
                    RowChange::Delete(id) => rows.push_deleted(*id),
                }
            }
            writer.write(&rows.finish()?)?;
        }
        Ok(writer.finish()?)
    })?;
    let mut first = 0;
    let groups = changes.iter().map(|(target, changes)| {
        let partition = match target {
            Target::Partition(month) => Some(partition::folder(*month)),
            Target::Deletions => None,
        };
        let group = Group { partition, first, batches: changes.len().div_ceil(ROWS) };
        first += group.batches;
        group
    });
    Ok(ChangeFile { number, groups: groups.collect() })
}

/// Reads the batches of a group.
pub(super) fn read(
    folder: &Path,
    number: u64,
    group: &Group,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let mut file = FileReader::try_new_buffered(File::open(ChangeFile::path(folder, number))?, None)?;
    if group.batches > 0 {
        file.set_index(group.first)?;
    }
    Ok(file.take(group.batches).map(|batch| Ok(batch?)))
}

/// The last change of each record.
pub(super) struct Latest {
    /// The ids of all records that changed, in order, and the number of the file with the last change of each.
    changes: Vec<(i64, u64)>,
    /// No record has changed more than once.
    is_unique: bool,
}

impl Latest {
    pub(super) fn read(folder: &Path, files: &[ChangeFile]) -> Result<Self> {
        let mut changes = Vec::new();
        for ChangeFile { number, .. } in files {
            let path = ChangeFile::path(folder, *number);
            let column = FileReader::try_new_buffered(File::open(&path)?, None)?.schema().index_of("id")?;
            for batch in FileReader::try_new_buffered(File::open(&path)?, Some(vec![column]))? {
                let ids = batch?;
                changes.extend(ids.column(0).as_primitive::<Int64Type>().values().iter().map(|id| (*id, *number)));
            }
        }
        changes.sort_unstable_by_key(|(id, number)| (*id, std::cmp::Reverse(*number)));
        let all = changes.len();
        changes.dedup_by_key(|(id, _)| *id);
        Ok(Self { is_unique: all == changes.len(), changes })
    }

    /// Returns `true` if a change in a file is the last one of its record.
    pub(super) fn is_in(&self, id: i64, number: u64) -> bool {
        self.is_unique || self.of(id) == Some(number)
    }

    /// Returns the number of the file with the last change of a record; `None` if it has not changed.
    pub(super) fn of(&self, id: i64) -> Option<u64> {
        let place = self.changes.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.changes[place].1)
    }
}
