//! `campfire search WORDS`: finds operations.

use std::io::Write;

use campfire::operations::{self, Operation};
use campfire::{Json, JsonObject};
use clap::{Arg, ArgMatches, Command};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::grid;
use crate::output::records::Records;
use crate::session::Session;
use crate::tree;

pub(crate) fn command() -> Command {
    let words = Arg::new("words").value_name("WORD").num_args(0..);
    Command::new("search")
        .about("Finds operations by words in their names and descriptions")
        .arg(words.help("Words that all must appear; without any, all operations are listed"))
}

pub(crate) fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let words: Vec<String> =
        matches.get_many::<String>("words").into_iter().flatten().map(|word| word.to_lowercase()).collect();
    let mut found: Vec<(u32, Operation<'static>)> = operations::ids()
        .filter_map(operations::get)
        .filter_map(|operation| Some((score(&operation, &words)?, operation)))
        .collect();
    // Operations of the same score stay sorted by id.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    if globals.format == Format::Table {
        return Ok(write_table(&found, session)?);
    }
    let mut records = Records::new(&operations::Type::Json, globals);
    for (_, operation) in &found {
        let mut record = JsonObject::new();
        record.insert("id".to_owned(), operation.id.into());
        record.insert("command".to_owned(), format!("campfire {}", tree::words(operation.id)).into());
        record.insert("summary".to_owned(), (&*operation.summary).into());
        record.insert("changes_data".to_owned(), operation.changes_data().into());
        records.write(Json::Object(record), session)?;
    }
    records.finish(session)?;
    Ok(())
}

/// Returns how well an operation matches, or `None` if a word does not appear at all.
fn score(operation: &Operation<'_>, words: &[String]) -> Option<u32> {
    let (summary, description) = (operation.summary.to_lowercase(), operation.description.to_lowercase());
    words.iter().try_fold(0, |score, word| {
        let word = word.as_str();
        let here = match () {
            () if operation.id.split(['.', '_']).any(|part| part == word) => 8,
            () if operation.id.contains(word) => 4,
            () if summary.contains(word) => 2,
            () if description.contains(word) => 1,
            () => return None,
        };
        Some(score + here)
    })
}

fn write_table(found: &[(u32, Operation<'static>)], session: &mut Session) -> std::io::Result<()> {
    let mut columns = [grid::Column::new("command", false), grid::Column::new("does", false)];
    let rows: Vec<[String; 2]> = found
        .iter()
        .map(|(_, operation)| [tree::words(operation.id), operation.summary.clone().into_owned()])
        .collect();
    for row in &rows {
        columns.iter_mut().zip(row).for_each(|(column, text)| column.fit(text, 80));
    }
    grid::shrink(&mut columns, session.width, grid::NARROWEST);
    if rows.is_empty() {
        session.note("No operation matches.");
        return Ok(());
    }
    grid::head(&mut session.out, &columns)?;
    for row in &rows {
        grid::row(&mut session.out, &columns, row)?;
    }
    session.out.flush()
}
