//! `campfire report`: statements as tables with exact amounts.

mod aging;
mod amount;
mod sheet;
mod statement;
mod trial_balance;

use campfire::operations::{self, UntypedCall};
use campfire::types::{BalanceSheet, IncomeStatement};
use campfire::{Client, Json};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::de::DeserializeOwned;

use crate::account;
use crate::arguments::flags::enum_values;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;

pub(crate) fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let period = [
        option("start-date", "DATE", "The first day"),
        option("end-date", "DATE", "The last day"),
        option("entity", "ID", "Only this legal entity; may be repeated").action(ArgAction::Append),
    ];
    let statement = |name: &'static str, about: &'static str| {
        let cadence = option("cadence", "PERIOD", "The length of a column").value_parser(cadences());
        Command::new(name).about(about).args(period.clone()).arg(cadence)
    };
    let payable = Arg::new("payable").long("payable").action(ArgAction::SetTrue).help("Bills instead of invoices");
    let as_of = option("as-of", "DATE", "The day from which days overdue are counted; today if absent");
    Command::new("report")
        .about("Shows the trial balance, a statement, or what is overdue")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("trial-balance").about("Shows debits and credits of each account").args(period.clone()),
        )
        .subcommand(statement("income-statement", "Shows revenue and expenses of each account"))
        .subcommand(statement("balance-sheet", "Shows the balance of each account"))
        .subcommand(
            Command::new("aging")
                .about("Shows what is still due, by customer or vendor and days overdue")
                .args([payable, as_of]),
        )
}

/// Returns the lengths of columns that the description lists. The server may ignore others without a word.
fn cadences() -> PossibleValuesParser {
    let operation = operations::get("statements.income_statement");
    let mut parameters = operation.iter().flat_map(|operation| &operation.query);
    let cadence = parameters.find(|parameter| parameter.name == "cadence");
    cadence.map(|cadence| enum_values(&cadence.ty)).unwrap_or_default().into()
}

pub(crate) async fn run(
    name: &str,
    matches: &ArgMatches,
    globals: &Globals,
    session: &mut Session,
) -> Result<(), Failure> {
    let client = account::client(session, globals.profile.as_deref())?;
    let sheet = match name {
        "trial-balance" => {
            let call = period(&client, "statements.trial_balance", matches)?;
            trial_balance::sheet(&call.await?.into_inner())
        }
        "income-statement" => {
            let call = period(&client, "statements.income_statement", matches)?;
            let statement: IncomeStatement = typed(&*call.await?)?;
            statement::sheet("Income statement", statement.rows(), &statement.columns())
        }
        "balance-sheet" => {
            let call = period(&client, "statements.balance_sheet", matches)?;
            let statement: BalanceSheet = typed(&*call.await?)?;
            statement::sheet("Balance sheet", statement.rows(), &statement.columns())
        }
        _ => aging::sheet(&client, matches).await?,
    };
    sheet.write(globals, session)
}

/// Returns a response as its type. The call itself is untyped, because its parameters come from the command line.
fn typed<T: DeserializeOwned>(response: &Json) -> Result<T, Failure> {
    let read = serde_json::from_str(&response.to_string());
    read.map_err(|error| Failure::other(format!("the response is not a statement: {error}")))
}

/// Returns a call with the options for periods and entities.
fn period(client: &Client, id: &str, matches: &ArgMatches) -> Result<UntypedCall, Failure> {
    let mut call = client.operation(id)?;
    for (option, parameter) in [("start-date", "start_date"), ("end-date", "end_date"), ("cadence", "cadence")] {
        if let Ok(Some(value)) = matches.try_get_one::<String>(option) {
            call = call.parameter(parameter, value.as_str());
        }
    }
    match matches.get_many::<String>("entity") {
        Some(entities) => Ok(call.parameter("entity", entities.map(|id| Json::from(id.as_str())).collect::<Vec<_>>())),
        None => Ok(call),
    }
}
