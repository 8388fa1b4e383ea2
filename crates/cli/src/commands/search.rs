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
        .arg(words.help("Words to find; without any, all operations are listed"))
}

pub(crate) fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let words: Vec<String> =
        matches.get_many::<String>("words").into_iter().flatten().map(|word| word.to_lowercase()).collect();
    let found = find(&words, session);
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

/// Returns the operations that have all words, the best first. If there are none, returns those that have most of them.
fn find(words: &[String], session: &mut Session) -> Vec<(u32, Operation<'static>)> {
    let all = operations::ids().filter_map(operations::get);
    let rated: Vec<(usize, u32, Operation<'static>)> = all
        .map(|operation| {
            let scores: Vec<u32> = words.iter().filter_map(|word| score(&operation, word)).collect();
            (scores.len(), scores.iter().sum(), operation)
        })
        .collect();
    let most = rated.iter().map(|(matching, ..)| *matching).max().unwrap_or(0);
    if most < words.len() {
        session.note(match most {
            0 => "No operation matches.",
            _ => "No operation has all of these words. These have most of them:",
        });
    }
    let mut found: Vec<(u32, Operation<'static>)> = rated
        .into_iter()
        .filter(|(matching, ..)| *matching == most && (most > 0 || words.is_empty()))
        .map(|(_, score, operation)| (score, operation))
        .collect();
    // Operations of the same score stay sorted by id.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found
}

/// Returns how well an operation matches a word, or `None` if the word does not appear at all.
fn score(operation: &Operation<'_>, word: &str) -> Option<u32> {
    match () {
        () if operation.id.split(['.', '_']).any(|part| part == word) => Some(8),
        () if operation.id.contains(word) => Some(4),
        () if operation.summary.to_lowercase().contains(word) => Some(2),
        () if operation.description.to_lowercase().contains(word) => Some(1),
        () => None,
    }
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
        return Ok(());
    }
    grid::head(&mut session.out, &columns)?;
    for row in &rows {
        grid::row(&mut session.out, &columns, row)?;
    }
    session.out.flush()
}
