//! What a table as files is held against: the rows as a map, and files that were written in one go.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use campfire::Json;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::disk::Disk;
use super::month;
use super::table::TableFiles;
use crate::arrow::record::Records;
use crate::arrow::rows;
use crate::layout::{FieldOrder, Layout, Received};
use crate::sink::{Batch, RowChange};

const FIELDS: &str = r#"{"name":"id","type":"integer"},{"name":"posted_at","type":"date"},{"name":"amount","type":"decimal"},
    {"name":"created_at","type":"timestamp"},{"name":"memo","type":"text"},{"name":"tags","type":{"list":{"record":"Tag"}}},
    {"name":"open","type":"json"}"#;

fn layout() -> Layout {
    Layout::of_records("lines", &serde_json::from_str(&format!("[{FIELDS}]")).unwrap())
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        // In memory if possible: on a busy disk, each file waits for all others.
        let memory = Path::new("/dev/shm");
        let temporary = if memory.exists() { memory.to_owned() } else { std::env::temp_dir() };
        let path = temporary.join(format!("campfire-parquet-{}-{name}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        Self(path)
    }

    fn open(&self) -> TableFiles {
        self.open_on(Disk::default()).unwrap()
    }

    fn open_on(&self, disk: Disk) -> super::disk::Result<TableFiles> {
        TableFiles::open(disk, self.0.clone(), layout(), None)
    }

    /// Returns the Parquet files, and their bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let partitions = month::partitions(&self.0).unwrap();
        let paths = partitions.iter().map(|partition| month::path(&self.0, partition));
        paths.map(|path| (path.strip_prefix(&self.0).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn write(record: &Json) -> RowChange {
    RowChange::Write(Received::of_json(record, None).unwrap())
}

fn batch(changes: Vec<RowChange>, state: usize) -> Batch {
    Batch { changes, state: state.to_string() }
}

/// Writes records in one go.
fn write_all(folder: &Folder, records: impl IntoIterator<Item = Json>) {
    let mut files = folder.open();
    files.write(batch(records.into_iter().map(|record| write(&record)).collect(), 0)).unwrap();
    files.finish().unwrap();
}

fn read_file(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

/// Reads a table in the order of its ids.
fn records(files: &mut TableFiles) -> Vec<Json> {
    let batches = files.rows(None).unwrap().map(Result::unwrap);
    batches
        .flat_map(|batch| (0..batch.num_rows()).map(|row| Records::new(&batch).with_parent(row)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn parquet_has_exact_values_in_their_types() {
    let folder = Folder::new("exact");
    let json = |text: &str| text.parse::<Json>().unwrap();
    write_all(
        &folder,
        [
            json(
                r#"{"id":-9223372036854775808,"posted_at":"2026-02-28","amount":"99999999999999999999.99999999","memo":""}"#,
            ),
            json(
                r#"{"id":7,"posted_at":"2026-02-01","amount":-0.000000000000000001,"created_at":"1969-12-31T23:59:59.999999Z",
                "memo":"é\u0000","tags":[{"id":1,"name":"a","weight":0.10},null],"open":{"a":[1.10]}}"#,
            ),
            // What fits no column: a day that is none, a fraction too long, a time between two microseconds, tags that are none.
            json(
                r#"{"id":8,"posted_at":"2026-02-31","amount":0.0000000000000000001,"created_at":"2026-01-01T00:00:00.0000001Z",
                "tags":[5],"other":1.50}"#,
            ),
        ],
    );
    let files: Vec<String> = folder.files().keys().map(|path| path.display().to_string()).collect();
    assert_eq!(files, ["month=2026-02/part-0.parquet", "month=__HIVE_DEFAULT_PARTITION__/part-0.parquet"]);
    let batch = &read_file(&folder.0.join(&files[0]))[0];
    let column = |name: &str| batch.column_by_name(name).unwrap();
    assert_eq!(column("id").as_primitive::<Int64Type>().values(), &[i64::MIN, 7]);
    let amounts = column("amount").as_primitive::<Decimal128Type>();
    assert_eq!((amounts.precision(), amounts.scale()), (38, 18));
    assert_eq!(amounts.values(), &[99_999_999_999_999_999_999_999_999_990_000_000_000, -1]);
    assert_eq!(column("posted_at").as_primitive::<Date32Type>().values(), &[20_512, 20_485]);
    assert_eq!(column("created_at").as_primitive::<TimestampMicrosecondType>().value(1), -1);
    assert_eq!(column("open").as_string::<i32>().value(1), r#"{"a":[1.10]}"#);
    let tags = column("tags").as_list::<i32>().value(1);
    let tags = tags.as_struct();
    assert!(tags.is_null(1));
    assert_eq!(tags.column_by_name("name").unwrap().as_string::<i32>().value(0), "a");
    assert_eq!(tags.column_by_name("_extra").unwrap().as_string::<i32>().value(0), r#"{"weight":0.10}"#);
    let misfits = &read_file(&folder.0.join(&files[1]))[0];
    assert_eq!(
        misfits.column_by_name("_extra").unwrap().as_string::<i32>().value(0),
        r#"{"amount":0.0000000000000000001,"created_at":"2026-01-01T00:00:00.000000100Z","other":1.50,"posted_at":"2026-02-31","tags":[5]}"#
    );
    let back: Vec<String> = records(&mut folder.open()).iter().map(Json::to_string).collect();
    assert_eq!(
        back[1],
        r#"{"amount":-0.000000000000000001,"created_at":"1969-12-31T23:59:59.999999Z","id":7,"memo":"é\u0000","open":{"a":[1.10]},"posted_at":"2026-02-01","tags":[{"id":1,"name":"a","weight":0.10},null]}"#
    );
}

#[test]
fn files_have_the_schema_of_the_arrow_batches() {
    let folder = Folder::new("schema");
    write_all(&folder, [r#"{"id":1,"posted_at":"2026-01-01"}"#.parse().unwrap()]);
    let batch = &read_file(&month::path(&folder.0, "month=2026-01"))[0];
    assert_eq!(
        batch.schema().fields(),
        rows::schema(&layout()).fields(),
        "every row would be converted when it is read"
    );
}

/// Returns a record whose fields may all be missing, extreme, or wrong.
fn random_record(random: &mut fastrand::Rng, id: i64) -> Json {
    let mut fields = vec![format!("\"id\":{id}")];
    let mut add = |name: &str, values: &[String], random: &mut fastrand::Rng| {
        if let Some(value) = values.get(random.usize(0..values.len() + 1)) {
            fields.push(format!("\"{name}\":{value}"));
        }
    };
    let length = random.u32(1..19);
    let digits = random.u64(0..10_u64.pow(length));
    let amounts = [
        format!("{digits}.{:02}", random.u8(0..100)),
        format!("-0.{digits}"),
        "\"12.5\"".to_owned(),
        "1e30".to_owned(),
    ];
    add("amount", &amounts, random);
    let dates = ["\"2025-12-31\"", "\"2026-01-01\"", "\"2026-02-28\"", "\"never\""].map(str::to_owned);
    add("posted_at", &dates, random);
    add(
        "created_at",
        &[format!("\"2026-01-01T00:00:{:02}.{:06}Z\"", random.u8(0..60), random.u32(0..1_000_000))],
        random,
    );
    let text = Json::from((0..random.usize(0..9)).map(|_| random.char(..)).collect::<String>()).to_string();
    add("memo", &[text.clone(), "5".to_owned()], random);
    add(
        "tags",
        &["[]".to_owned(), format!(r#"[{{"id":{id},"name":{text},"x":[{digits}]}},null]"#), "{}".to_owned()],
        random,
    );
    add("open", &[text, digits.to_string(), format!("[{digits}]")], random);
    format!("{{{}}}", fields.join(",")).parse().unwrap()
}

/// Batches of random changes, the last of which have the number of the batch as state.
fn random_batches(random: &mut fastrand::Rng, count: usize) -> Vec<Vec<RowChange>> {
    let mut change = |_| match random.i64(0..40) {
        id if random.u8(0..5) == 0 => RowChange::Delete(id),
        id => write(&random_record(random, id)),
    };
    (0..count).map(|size| (0..size % 7 * 5).map(&mut change).collect()).collect()
}

/// Returns the rows that a copy has after these changes, as records.
fn applied(batches: &[Vec<RowChange>]) -> Vec<Json> {
    let mut rows = BTreeMap::new();
    for change in batches.iter().flatten() {
        match change {
            RowChange::Write(record) => {
                rows.insert(record.id, layout().record(layout().row(record, &mut FieldOrder::default())))
            }
            RowChange::Delete(id) => rows.remove(id),
        };
    }
    rows.into_values().collect()
}

/// Writes batches from the one after the saved state on.
fn resume(files: &mut TableFiles, batches: &[Vec<RowChange>]) -> super::disk::Result<()> {
    let first = files.state().map_or(0, |state| state.parse::<usize>().unwrap() + 1);
    for (state, changes) in batches.iter().enumerate().skip(first) {
        files.write(batch(changes.clone(), state))?;
    }
    files.finish()
}

#[test]
fn files_depend_on_the_rows_alone() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..6 {
        let batches = random_batches(&mut random, 12);
        let (once, often) = (Folder::new("once"), Folder::new("often"));
        let expected = applied(&batches);
        write_all(&once, expected.iter().map(|record| record.to_string().parse().unwrap()));
        for (state, changes) in batches.iter().enumerate() {
            let mut files = often.open().buffered(random.usize(0..3) * 20_000);
            files.write(batch(changes.clone(), state)).unwrap();
            if random.bool() {
                files.finish().unwrap();
            }
            // Without it, what is in memory is lost.
            drop(files);
            let mut files = often.open();
            let read = files.state().map(str::to_owned);
            if read != Some(state.to_string()) {
                resume(&mut files, &batches[..=state]).unwrap();
            }
        }
        let mut files = often.open();
        files.finish().unwrap();
        // Checksums are of the records as they were sent, so values are compared instead of bytes where these differ.
        assert_eq!(records(&mut files), records(&mut once.open()));
        let keys: Vec<i64> = files.keys().unwrap().iter().map(|key| key.id).collect();
        assert_eq!(keys, expected.iter().map(|record| record["id"].as_i64().unwrap()).collect::<Vec<_>>());
        let clean = Folder::new("clean");
        resume(&mut clean.open(), &batches).unwrap();
        assert!(often.files() == clean.files(), "the same rows make other files");
    }
}

#[test]
fn a_crash_at_any_operation_loses_nothing() {
    let mut random = fastrand::Rng::with_seed(18);
    let batches = random_batches(&mut random, 6);
    let clean = Folder::new("whole");
    resume(&mut clean.open(), &batches).unwrap();
    let expected = clean.files();
    let mut crashes = 0;
    for operations in 0.. {
        let folder = Folder::new("crash");
        // Rows from an earlier run, in months that the others affect.
        resume(&mut folder.open(), &batches[..3]).unwrap();
        let disk = Disk { until_crash: Some(Arc::new(AtomicI64::new(operations))) };
        let run = |disk| resume(&mut folder.open_on(disk)?.buffered(0), &batches);
        let crashed = run(disk).is_err();
        crashes += usize::from(crashed);
        // Crashes again while it recovers.
        let again = Disk { until_crash: Some(Arc::new(AtomicI64::new(operations / 2))) };
        run(again).ok();
        run(Disk::default()).unwrap();
        assert!(folder.files() == expected, "after {operations} operations");
        let left = super::disk::names(&folder.0.join("_changes")).unwrap();
        assert!(left.is_empty(), "after {operations} operations: {left:?} is left");
        if !crashed {
            break;
        }
    }
    assert!(crashes > 40, "only {crashes} crashes");
}

#[test]
fn a_new_field_becomes_a_column_of_old_rows() {
    let folder = Folder::new("growth");
    write_all(&folder, [r#"{"id":1,"posted_at":"2026-01-01","amount":1.5,"rate":0.25}"#.parse().unwrap()]);
    let fields = format!(r#"[{FIELDS},{{"name":"rate","type":"decimal"}}]"#);
    let grown = Layout::of_records("lines", &serde_json::from_str(&fields).unwrap());
    let mut files = TableFiles::open(Disk::default(), folder.0.clone(), grown.clone(), None).unwrap();
    let before = files.keys().unwrap();
    files.write(batch(vec![write(&r#"{"id":2,"posted_at":"2026-01-02","rate":0.5}"#.parse().unwrap())], 1)).unwrap();
    files.finish().unwrap();
    let batch = &read_file(&month::path(&folder.0, "month=2026-01"))[0];
    let rates = batch.column_by_name("rate").unwrap().as_primitive::<Decimal128Type>();
    assert_eq!(rates.values(), &[250_000_000_000_000_000, 500_000_000_000_000_000]);
    assert_eq!(batch.column_by_name("_extra").unwrap().null_count(), 2);
    assert_eq!(files.keys().unwrap()[0], before[0], "an unchanged row would be written again");
}

#[test]
fn a_table_is_divided_by_a_date_that_it_has() {
    let folder = Folder::new("column");
    let open = |column| TableFiles::open(Disk::default(), folder.0.clone(), layout(), Some(column));
    assert!(open("created_at").is_ok());
    for column in ["memo", "nothing"] {
        let error = open(column).err().unwrap().to_string();
        assert_eq!(error, format!("`lines` has no date or time `{column}`"));
    }
}
