//! Files of changes: Arrow files with changes that the files of months do not have yet, by partition and id.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::Schema;

use super::buffer::Target;
use super::disk::{Disk, Result};
use super::manifest::{ChangeFile, Group};
use super::partition;

/// Writes a file of changes.
pub(super) fn write(
    disk: &Disk,
    folder: &Path,
    number: u64,
    schema: &Schema,
    changes: &[(Target, Vec<RecordBatch>)],
) -> Result<ChangeFile> {
    disk.write(&ChangeFile::path(folder, number), |file| {
        let mut writer = FileWriter::try_new(file, schema)?;
        for batch in changes.iter().flat_map(|(_, batches)| batches) {
            writer.write(batch)?;
        }
        Ok(writer.finish()?)
    })?;
    let mut first = 0;
    let groups = changes.iter().map(|(target, batches)| {
        let partition = match target {
            Target::Partition(month) => Some(partition::folder(*month)),
            Target::Deletions => None,
        };
        let group = Group { partition, first, batches: batches.len() };
        first += batches.len();
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
        changes.dedup_by_key(|(id, _)| *id);
        Ok(Self { changes })
    }

    /// Returns the number of the file with the last change of a record; `None` if it has not changed.
    pub(super) fn of(&self, id: i64) -> Option<u64> {
        let place = self.changes.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.changes[place].1)
    }
}
