//! Journal entries: balanced in native amounts, or refused.

use super::document::Documents;
use super::{Books, INTERCOMPANY, JOURNALS, LINES, chart, day, not_found, period, product, refuse, refuse_all, total};
use crate::api::Reply;
use crate::fields::Fields;
use crate::render;
use crate::store::Record;
use campfire_sandbox_model::DocumentKind as Kind;
use campfire_values::{Date, Decimal, Json, JsonObject};

/// The amounts of a line, in three layers: the currency of the transaction, of the entity, of the root entity.
const DEBITS: [&str; 3] = ["debit_amount_native", "debit_amount_book", "debit_amount"];
const CREDITS: [&str; 3] = ["credit_amount_native", "credit_amount_book", "credit_amount"];

/// An entry that the books make themselves.
pub(crate) struct Entry {
    pub(crate) kind: &'static str,
    pub(crate) date: Date,
    pub(crate) entity: Option<i64>,
    pub(crate) currency: Option<String>,
    /// To the book currency, and to the consolidated one.
    pub(crate) rates: (Option<Decimal>, Option<Decimal>),
    pub(crate) memo: String,
    /// The document that it belongs to: with it it lives and goes.
    pub(crate) owner: Option<(Kind, i64)>,
}

/// A line of such an entry: debits above zero, credits below.
pub(crate) struct Leg {
    pub(crate) account: i64,
    pub(crate) amount: Decimal,
    /// What else the line says: vendor, department, text.
    pub(crate) fields: Fields,
}

/// Posts an entry; gives its id.
pub(crate) fn post(books: &mut Books<'_>, entry: &Entry, legs: Vec<Leg>) -> Result<i64, Reply> {
    let id = books.store.new_id();
    let now = books.store.now();
    books.store.put(
        JOURNALS,
        id,
        Record { fields: header(books, entry), created: now, modified: now, ..Record::default() },
    );
    write_legs(books, id, entry, legs)?;
    Ok(id)
}

/// Writes an entry anew, under its old id and number.
pub(crate) fn repost(books: &mut Books<'_>, id: i64, entry: &Entry, legs: Vec<Leg>) -> Result<(), Reply> {
    erase_lines(books, id);
    let header = header(books, entry);
    books.store.change(JOURNALS, id, |record| {
        for (name, value) in header.iter().filter(|(name, _)| !["order", "journal_id"].contains(name)) {
            record.fields.set(name.to_owned(), value.clone());
        }
    });
    write_legs(books, id, entry, legs)
}

fn header(books: &Books<'_>, entry: &Entry) -> Fields {
    let mut fields = Fields::default();
    fields.set("type", entry.kind);
    fields.set("date", day(entry.date));
    fields.set("entity", entry.entity.map_or(Json::Null, Json::from));
    fields.set("currency", entry.currency.as_deref().unwrap_or("USD"));
    fields.set("memo", entry.memo.as_str());
    fields.set("created_automatically", true);
    fields.set("exchange_rate_book", entry.rates.0.map_or(Json::Null, Json::from));
    fields.set("exchange_rate", entry.rates.1.map_or(Json::Null, Json::from));
    number(books, &mut fields);
    if let Some((kind, id)) = entry.owner {
        fields.set("_owner", format!("{}/{id}", kind.form().resource).as_str());
        if kind == Kind::Invoice {
            fields.set("invoice", id);
        }
    }
    fields
}

/// The printed number: seven digits, counted over all entries that ever were.
fn number(books: &Books<'_>, fields: &mut Fields) {
    let count = books.store.ever(JOURNALS) + 1;
    fields.set("order", format!("{count:07}").as_str());
    fields.set("journal_id", uuid::Uuid::now_v7().to_string().as_str());
}

fn write_legs(books: &mut Books<'_>, id: i64, entry: &Entry, legs: Vec<Leg>) -> Result<(), Reply> {
    period::must_be_open(books, entry.date)?;
    for leg in legs {
        if leg.amount.is_zero() {
            continue;
        }
        let (sides, amount) = if leg.amount.is_negative() { (CREDITS, -leg.amount) } else { (DEBITS, leg.amount) };
        let mut fields = leg.fields;
        fields.set("account", leg.account);
        fields.set(sides[0], amount);
        if let Some((kind, owner)) = entry.owner {
            match kind {
                Kind::Invoice => fields.set("invoice_id", owner),
                Kind::Bill => fields.set("bill_id", owner),
                _ => {}
            }
        }
        write_line(books, id, fields)?;
    }
    balance(books, id)
}

/// Writes a line with what it takes from its entry.
fn write_line(books: &mut Books<'_>, journal: i64, mut fields: Fields) -> Result<i64, Reply> {
    let header = books.store.get(JOURNALS, journal).map(|record| record.fields.clone()).unwrap_or_default();
    for name in ["entity", "currency"] {
        if fields.get(name).is_none() {
            fields.set(name, header.get(name).cloned().unwrap_or_default());
        }
    }
    let rate = |name: &str| fields.decimal(name).or_else(|| header.decimal(name));
    let rates = (rate("exchange_rate_book"), rate("exchange_rate"));
    layers(&mut fields, rates)?;
    fields.set("journal", journal);
    fields.set("posted_at", header.get("date").cloned().unwrap_or_default());
    fields.set("intercompany_journal", header.get("intercompany_journal").cloned().unwrap_or_default());
    fields.set("transaction_id", uuid::Uuid::now_v7().to_string().as_str());
    if let Some(account) = fields.integer("account")
        && chart::is_inactive(books, account)
    {
        return Err(refuse("transactions", format!("Account {account} is not active.")));
    }
    let id = books.store.new_id();
    let now = books.store.now();
    books.store.put(LINES, id, Record { fields, created: now, modified: now, ..Record::default() });
    Ok(id)
}

/// Fills the layers of a line's amount. Products are exact: nothing is rounded, so each layer balances where the native
/// one does.
fn layers(fields: &mut Fields, (book, consolidated): (Option<Decimal>, Option<Decimal>)) -> Result<(), Reply> {
    let given =
        |names: &[&str; 3]| names.iter().find_map(|name| fields.decimal(name)).filter(|amount| !amount.is_zero());
    let (names, others, native) = match (given(&DEBITS), given(&CREDITS)) {
        (Some(_), Some(_)) => return Err(refuse("transactions", "A line is a debit or a credit, not both.")),
        (Some(debit), None) => (DEBITS, CREDITS, debit),
        (None, Some(credit)) => (CREDITS, DEBITS, credit),
        (None, None) => (DEBITS, CREDITS, Decimal::ZERO),
    };
    let rated = |rate: Option<Decimal>| rate.map_or(Ok(native), |rate| product(native, rate));
    let native_as_given = fields.decimal(names[0]).unwrap_or(native);
    fields.set(names[0], native_as_given);
    for (name, rate) in [(names[1], book), (names[2], consolidated)] {
        if fields.decimal(name).is_none() {
            fields.set(name, rated(rate)?);
        }
    }
    for name in others {
        fields.remove(name);
    }
    Ok(())
}

/// Debits minus credits of one layer of a line.
fn signed(fields: &Fields, layer: usize) -> Decimal {
    let debit = fields.decimal(DEBITS[layer]).unwrap_or_default();
    let credit = fields.decimal(CREDITS[layer]).unwrap_or_default();
    debit.checked_sub(credit).unwrap_or_default()
}

/// Debits minus credits of a line in the consolidated layer, which statements are in.
pub(crate) fn consolidated(fields: &Fields) -> Decimal {
    signed(fields, 2)
}

/// Refuses an entry whose debits are not its credits. Balance is asked for in native amounts; book and consolidated
/// amounts that the caller gives must agree, too, or no statement would.
fn balance(books: &Books<'_>, journal: i64) -> Result<(), Reply> {
    for (layer, name) in ["native", "book", "consolidated"].into_iter().enumerate() {
        let amounts = |names: &[&'static str; 3]| {
            let name = names[layer];
            total(books.store.linked(LINES, "journal", journal).filter_map(|(_, line)| line.fields.decimal(name)))
        };
        let (debits, credits) = (amounts(&DEBITS)?, amounts(&CREDITS)?);
        if debits != credits {
            return Err(refuse_all(format!(
                "The entry does not balance: {name} debits are {debits}, {name} credits {credits}."
            )));
        }
    }
    Ok(())
}

fn erase_lines(books: &mut Books<'_>, journal: i64) {
    let lines: Vec<i64> = books.store.linked(LINES, "journal", journal).map(|(id, _)| id).collect();
    for line in lines {
        books.store.delete(LINES, line);
    }
}

/// The day of an entry.
pub(crate) fn date(books: &Books<'_>, id: i64) -> Option<Date> {
    books.store.get(JOURNALS, id)?.fields.date("date")
}

/// Deletes an entry with its lines.
pub(crate) fn erase(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    if let Some(date) = date(books, id) {
        period::must_be_open(books, date)?;
    }
    erase_lines(books, id);
    books.store.delete(JOURNALS, id);
    Ok(())
}

/// Posts the opposite of an entry; gives its id.
pub(crate) fn reverse(books: &mut Books<'_>, id: i64, kind: &'static str, date: Date) -> Result<i64, Reply> {
    period::must_be_open(books, date)?;
    let original = books.store.get(JOURNALS, id).ok_or_else(not_found)?.clone();
    let mut fields = original.fields.clone();
    fields.set("type", kind);
    fields.set("date", day(date));
    fields.set("reversal_of", id);
    fields.set("is_reversal", true);
    fields.set("created_automatically", true);
    number(books, &mut fields);
    let reversal = books.store.new_id();
    let now = books.store.now();
    books.store.put(JOURNALS, reversal, Record { fields, created: now, modified: now, ..Record::default() });
    let lines: Vec<Fields> = books.store.linked(LINES, "journal", id).map(|(_, line)| line.fields.clone()).collect();
    for mut line in lines {
        for (debit, credit) in DEBITS.into_iter().zip(CREDITS) {
            let (was_debit, was_credit) = (line.remove(debit), line.remove(credit));
            line.set(debit, was_credit.unwrap_or_default());
            line.set(credit, was_debit.unwrap_or_default());
        }
        write_line(books, reversal, line)?;
    }
    books.store.set(JOURNALS, id, "has_reversal", true);
    balance(books, reversal)?;
    Ok(reversal)
}

/// Completes an entry that a body has made.
pub(crate) fn created(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let mut given = books.store.get(JOURNALS, id).map(|record| record.fields.clone()).unwrap_or_default();
    let date = given.date("date").unwrap_or_else(|| books.store.today());
    let mut defaults = Fields::default();
    number(books, &mut defaults);
    // The entry itself is already counted.
    let order = format!("{:07}", books.store.ever(JOURNALS));
    defaults.set("order", order.as_str());
    defaults.set("date", day(date));
    defaults.set("type", "journal_entry");
    defaults.set("source", "manual");
    defaults.set("currency", "USD");
    defaults.set("created_automatically", false);
    for (name, value) in defaults.iter() {
        if given.get(name).is_none() || (name == "order" && given.text(name) == Some("")) {
            given.set(name.to_owned(), value.clone());
        }
    }
    books.store.change(JOURNALS, id, |record| record.fields = given);
    period::must_be_open(books, date)?;
    write_sent_lines(books, id, body)?;
    if let Some(date) = body.get("reversal_date").and_then(Json::as_str).and_then(|text| text.parse().ok()) {
        reverse(books, id, "journal_entry", date)?;
    }
    Ok(())
}

/// Brings the lines of an entry in step with a body that has changed it.
pub(crate) fn changed(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let header = books.store.get(JOURNALS, id).map(|record| record.fields.clone()).unwrap_or_default();
    if let Some(date) = header.date("date") {
        period::must_be_open(books, date)?;
    }
    let sent = body.get("transactions").and_then(Json::as_array).unwrap_or_default();
    let known = |item: &Json| {
        let line = item.get("id").and_then(Json::as_i64);
        line.filter(|line| books.store.get(LINES, *line).is_some_and(|line| line.fields.integer("journal") == Some(id)))
    };
    let existing: Option<Vec<i64>> = sent.iter().map(known).collect();
    match existing {
        // Single lines are addressed by their ids.
        Some(lines) if !lines.is_empty() => {
            for (line, item) in lines.into_iter().zip(sent) {
                let members = item.as_object().cloned().unwrap_or_default();
                amend_line(books, line, &members)?;
            }
        }
        _ if body.contains_key("transactions") => {
            erase_lines(books, id);
            write_sent_lines(books, id, body)?;
        }
        _ => {}
    }
    let lines: Vec<i64> = books.store.linked(LINES, "journal", id).map(|(line, _)| line).collect();
    for line in lines {
        books.store.set(LINES, line, "posted_at", header.get("date").cloned().unwrap_or_default());
    }
    balance(books, id)
}

fn write_sent_lines(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let schema = books.model.record_schema(LINES).unwrap_or_default();
    for item in body.get("transactions").and_then(Json::as_array).unwrap_or_default() {
        let members = item.as_object().cloned().unwrap_or_default();
        let mut fields = render::new_record(books.model, books.store, schema, &members);
        // A default currency is no reason to differ from the entry.
        if !members.contains_key("currency") {
            fields.remove("currency");
        }
        write_line(books, id, fields)?;
    }
    balance(books, id)
}

fn amend_line(books: &mut Books<'_>, line: i64, members: &JsonObject) -> Result<(), Reply> {
    let Some(mut fields) = books.store.get(LINES, line).map(|record| record.fields.clone()) else { return Ok(()) };
    let amounts = DEBITS.iter().chain(&CREDITS);
    if amounts.clone().any(|name| members.contains_key(*name)) {
        for name in amounts {
            fields.remove(name);
        }
    }
    let schema = books.model.record_schema(LINES).unwrap_or_default();
    render::change(books.model, books.store, schema, members, &mut fields, false);
    let rates = (fields.decimal("exchange_rate_book"), fields.decimal("exchange_rate"));
    layers(&mut fields, rates)?;
    books.store.change(LINES, line, |record| record.fields = fields);
    Ok(())
}

/// An entry over several entities: one journal entry for each, balanced on its own.
pub(crate) fn intercompany_written(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let mut header = books.store.get(INTERCOMPANY, id).map(|record| record.fields.clone()).unwrap_or_default();
    let date = header.date("date").unwrap_or_else(|| books.store.today());
    period::must_be_open(books, date)?;
    if header.text("order").is_none_or(str::is_empty) {
        number(books, &mut header);
    }
    header.set("date", day(date));
    if header.get("type").is_none() {
        header.set("type", "journal_entry");
    }
    books.store.change(INTERCOMPANY, id, |record| record.fields = header.clone());
    if !body.contains_key("transactions") {
        return Ok(());
    }
    erase_intercompany(books, id);
    let mut by_entity: std::collections::BTreeMap<Option<i64>, Vec<Json>> = std::collections::BTreeMap::new();
    for item in body.get("transactions").and_then(Json::as_array).unwrap_or_default() {
        by_entity.entry(item.get("entity").and_then(Json::as_i64)).or_default().push(item.clone());
    }
    for (entity, lines) in by_entity {
        let mut fields = Fields::default();
        for name in ["date", "order", "memo", "currency"] {
            fields.set(name, header.get(name).cloned().unwrap_or_default());
        }
        fields.set("type", "intercompany_journal");
        fields.set("journal_id", uuid::Uuid::now_v7().to_string().as_str());
        fields.set("entity", entity.map_or(Json::Null, Json::from));
        fields.set("intercompany_journal", id);
        let journal = books.store.new_id();
        let now = books.store.now();
        books.store.put(JOURNALS, journal, Record { fields, created: now, modified: now, ..Record::default() });
        let body = JsonObject::from([("transactions".to_owned(), Json::Array(lines))]);
        write_sent_lines(books, journal, &body)?;
    }
    Ok(())
}

/// Removes the entries of all entities.
pub(crate) fn erase_intercompany(books: &mut Books<'_>, id: i64) {
    let lines = books.store.linked(LINES, "intercompany_journal", id);
    let journals: std::collections::BTreeSet<i64> =
        lines.filter_map(|(_, line)| line.fields.integer("journal")).collect();
    for journal in journals {
        erase_lines(books, journal);
        books.store.delete(JOURNALS, journal);
    }
}

/// Whether a line may be changed through its own path.
pub(crate) fn line_may_change(books: &Books<'_>, id: i64) -> Result<(), Reply> {
    let line = books.store.get(LINES, id).ok_or_else(not_found)?;
    if line.fields.get(TAKEN).is_some() {
        return Err(Reply::detail(409, "The line settles a document: delete that payment first."));
    }
    line.fields.date("posted_at").map_or(Ok(()), |date| period::must_be_open(books, date))
}

/// A line that was changed through its own path still belongs to a balanced entry.
pub(crate) fn line_written(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let Some(mut fields) = books.store.get(LINES, id).map(|record| record.fields.clone()) else { return Ok(()) };
    let Some(journal) = fields.integer("journal") else { return Ok(()) };
    let rates = (fields.decimal("exchange_rate_book"), fields.decimal("exchange_rate"));
    layers(&mut fields, rates)?;
    // A line stands on the day of its entry.
    if let Some(date) = date(books, journal) {
        fields.set("posted_at", day(date));
    }
    books.store.change(LINES, id, |record| record.fields = fields);
    balance(books, journal)
}

/// A line that is deleted takes its entry with it if nothing is left, and is refused if the rest does not balance.
pub(crate) fn line_deleted(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let record = books.store.get_any(LINES, id);
    let Some(journal) = record.and_then(|record| record.fields.integer("journal")) else { return Ok(()) };
    if books.store.linked(LINES, "journal", journal).next().is_none() {
        books.store.delete(JOURNALS, journal);
        return Ok(());
    }
    balance(books, journal)
}

/// Whether an entry may be changed or deleted by itself.
pub(crate) fn may_change(books: &Books<'_>, id: i64) -> Result<(), Reply> {
    let record = books.store.get(JOURNALS, id).ok_or_else(not_found)?;
    if let Some(date) = record.fields.date("date") {
        period::must_be_open(books, date)?;
    }
    if let Some(owner) = record.fields.text("_owner") {
        return Err(Reply::detail(409, &format!("The entry belongs to {owner}: void or delete that.")));
    }
    if record.fields.integer("intercompany_journal").is_some() {
        return Err(Reply::detail(409, "The entry is part of an intercompany entry: change or delete that."));
    }
    if books.store.linked(LINES, "journal", id).any(|(_, line)| line.fields.get(TAKEN).is_some()) {
        return Err(Reply::detail(409, "A line of the entry settles a document: delete that payment first."));
    }
    Ok(())
}

/// Marks a leg that settles a document.
pub(crate) const TAKEN: &str = "_settles";

/// The leg of the entry of a transaction that a document can be settled with: on the given side, not yet categorized
/// if there is such a one.
pub(crate) fn leg_for(books: &mut Books<'_>, transaction: i64, debit: bool) -> Result<i64, Reply> {
    let line = books.store.get(LINES, transaction);
    let journal = line.and_then(|line| line.fields.integer("journal"));
    let Some(journal) = journal else {
        return Err(refuse("transactions", format!("Invalid pk \"{transaction}\" - object does not exist.")));
    };
    if let Some(owner) = books.store.get(JOURNALS, journal).and_then(|entry| entry.fields.text("_owner")) {
        return Err(refuse("transaction_id", format!("Transaction {transaction} belongs to {owner}.")));
    }
    let uncategorized = chart::account(books, chart::Role::Uncategorized);
    let side = if debit { DEBITS[0] } else { CREDITS[0] };
    let legs: Vec<(i64, Option<i64>)> = books
        .store
        .linked(LINES, "journal", journal)
        // A leg settles one document only.
        .filter(|(_, line)| line.fields.decimal(side).is_some() && line.fields.get(TAKEN).is_none())
        .map(|(id, line)| (id, line.fields.integer("account")))
        .collect();
    let best = legs
        .iter()
        .find(|(_, account)| account.is_none() || *account == Some(uncategorized))
        .or_else(|| legs.iter().find(|(id, _)| *id == transaction))
        .or_else(|| legs.first());
    match best {
        Some((id, _)) => Ok(*id),
        None => Err(refuse_all(format!(
            "Transaction {transaction} has no leg that could settle this document, or none that is left."
        ))),
    }
}

/// The native amount of a line, whichever its side.
pub(crate) fn native(fields: &Fields) -> Decimal {
    fields.decimal(DEBITS[0]).or_else(|| fields.decimal(CREDITS[0])).unwrap_or_default()
}

/// Cuts a line down to an amount; what is left stays in a line of its own.
pub(crate) fn split(books: &mut Books<'_>, line: i64, amount: Decimal) -> Result<(), Reply> {
    let Some(fields) = books.store.get(LINES, line).map(|record| record.fields.clone()) else { return Ok(()) };
    let Some(rest) = native(&fields).checked_sub(amount).filter(|rest| !rest.is_zero()) else { return Ok(()) };
    let journal = fields.integer("journal").unwrap_or_default();
    let names = if fields.decimal(DEBITS[0]).is_some() { DEBITS } else { CREDITS };
    let rates = (fields.decimal("exchange_rate_book"), fields.decimal("exchange_rate"));
    let cut = |amount: Decimal| {
        let mut fields = fields.clone();
        for name in names {
            fields.remove(name);
        }
        fields.set(names[0], amount);
        layers(&mut fields, rates).map(|()| fields)
    };
    let (kept, mut rest) = (cut(amount)?, cut(rest)?);
    rest.remove(TAKEN);
    books.store.change(LINES, line, |record| record.fields = kept);
    write_line(books, journal, rest)?;
    balance(books, journal)
}

/// The lines go with their entry.
pub(crate) fn deleted(books: &mut Books<'_>, kind: Kind, id: i64) {
    if kind == Kind::IntercompanyEntry {
        erase_intercompany(books, id);
    } else {
        erase_lines(books, id);
    }
}
