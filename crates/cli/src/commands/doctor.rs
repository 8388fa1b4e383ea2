//! `campfire doctor`: checks the key, the clock, the proxy, the way to the server, and what the key may see.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use campfire::operations::{self, Operation, Response, Type};
use campfire::{Client, Error, Json, JsonObject, RetryPolicy};
use clap::Command;

use crate::account::Account;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::records::Records;
use crate::prose;
use crate::session::Session;

/// The operation that checks a key.
const USER: &str = "current_user.retrieve";
/// How long a single check may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The variables that name a proxy.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// A clock may be wrong by this much before it matters.
const TOLERANCE: Duration = Duration::from_secs(60);

pub(crate) fn command() -> Command {
    Command::new("doctor").about("Checks the key, the clock, the proxy, the server, and what the key may see")
}

/// What was found.
struct Finding {
    check: String,
    is_ok: bool,
    detail: String,
}

impl Finding {
    fn new(check: impl Into<String>, is_ok: bool, detail: impl Into<String>) -> Self {
        Self { check: check.into(), is_ok, detail: detail.into() }
    }
}

pub(crate) async fn run(globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let mut findings = vec![proxy(session)];
    let account = Account::find(session, globals.profile.as_deref())?;
    findings.push(Finding::new("key", true, format!("from {}", account.source)));
    let client = account.client(session)?;
    findings.push(Finding::new("server", true, client.base_url()));
    let is_reachable = server(&client, &mut findings).await?;
    if is_reachable {
        access(&client, &mut findings).await?;
    }
    if globals.format == Format::Table {
        write_text(&findings, session)?;
    } else {
        write_records(&findings, globals, session)?;
    }
    match findings.iter().filter(|finding| !finding.is_ok).count() {
        0 => Ok(()),
        failed => Err(Failure::other(prose::counted(failed, "check failed", "checks failed"))),
    }
}

/// Writes a paragraph for each finding.
fn write_text(findings: &[Finding], session: &mut Session) -> io::Result<()> {
    const INDENT: &str = "                       ";
    for Finding { check, is_ok, detail } in findings {
        let detail = prose::wrapped(detail, session.width.min(120), INDENT);
        let head = format!("{check:<14} {:<8}", if *is_ok { "ok" } else { "PROBLEM" });
        writeln!(session.out, "{head}{}", detail.trim())?;
    }
    Ok(())
}

fn write_records(findings: &[Finding], globals: &Globals, session: &mut Session) -> io::Result<()> {
    let mut records = Records::new(&Type::Json, &globals.with_csv_columns(["check", "result", "detail"]));
    for Finding { check, is_ok, detail } in findings {
        let mut record = JsonObject::new();
        record.insert("check".to_owned(), check.as_str().into());
        record.insert("result".to_owned(), if *is_ok { "ok" } else { "PROBLEM" }.into());
        record.insert("detail".to_owned(), detail.as_str().into());
        records.write(Json::Object(record), session)?;
    }
    records.finish(session).map(drop)
}

/// Names the proxy without its credentials.
fn proxy(session: &Session) -> Finding {
    let found = PROXIES.iter().find_map(|name| Some((name, session.variable(name)?)));
    let detail = match found {
        None => "none".to_owned(),
        Some((name, value)) => match url::Url::parse(value) {
            Ok(url) => {
                format!("{}:{} ({name})", url.host_str().unwrap_or("?"), url.port_or_known_default().unwrap_or(0))
            }
            Err(_) => return Finding::new("proxy", false, format!("{name} is not a URL")),
        },
    };
    Finding::new("proxy", true, detail)
}

/// Calls the server once, and reports the way, the clock, and the key. Returns `false` if nothing else can be found out.
async fn server(client: &Client, findings: &mut Vec<Finding>) -> Result<bool, Failure> {
    let call = client.operation(USER)?.retry(RetryPolicy::none()).timeout(PATIENCE);
    match call.await {
        Ok(response) => {
            let elapsed = response.elapsed().as_millis();
            findings.push(Finding::new("reachability", true, format!("responded within {elapsed} ms")));
            findings.push(clock(response.headers().get("date").and_then(|date| date.to_str().ok())));
            let user: Vec<&str> =
                ["email", "customer_name"].iter().filter_map(|field| response[*field].as_str()).collect();
            let user = if user.is_empty() { "not named in the response".to_owned() } else { user.join(", ") };
            findings.push(Finding::new("user", true, user));
            Ok(true)
        }
        Err(error) => {
            let Some(refusal) = error.api() else {
                findings.push(Finding::new("reachability", false, error.to_string()));
                return Ok(false);
            };
            findings.push(Finding::new("reachability", true, format!("responded with {}", refusal.status())));
            findings.push(clock(refusal.headers().get("date").and_then(|date| date.to_str().ok())));
            findings.push(Finding::new("user", false, error.to_string()));
            Ok(!matches!(error, Error::Authentication(_)))
        }
    }
}

/// Compares the clock of this machine with that of the server.
fn clock(date: Option<&str>) -> Finding {
    let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Finding::new("clock", true, "unknown: the response has no date");
    };
    let ours = SystemTime::now();
    let (difference, direction) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let detail = match difference.as_secs() {
        0 | 1 => "agrees with the server".to_owned(),
        seconds => format!("{seconds} s {direction} the server"),
    };
    Finding::new("clock", difference <= TOLERANCE, detail)
}

/// Reads one record of each list that needs no ids, and reports which are open to the key.
async fn access(client: &Client, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for operation in operations::ids().filter_map(operations::get).filter(is_plain_list) {
        let mut call = client.operation(operation.id)?.timeout(PATIENCE);
        if operation.query.iter().any(|parameter| parameter.name == "limit") {
            call = call.parameter("limit", 1);
        }
        let resource = operation.id.trim_end_matches(".list");
        match call.await {
            Ok(_) => open.push(resource),
            Err(Error::Permission(_)) => closed.push(resource),
            Err(error) => findings.push(Finding::new(resource, false, error.to_string())),
        }
    }
    findings.push(Finding::new("may read", !open.is_empty(), format!("{} lists: {}", open.len(), open.join(", "))));
    let closed = if closed.is_empty() { "nothing".to_owned() } else { closed.join(", ") };
    findings.push(Finding::new("may not read", true, closed));
    Ok(())
}

fn is_plain_list(operation: &Operation<'_>) -> bool {
    matches!(operation.response, Response::List { .. })
        && operation.id.ends_with(".list")
        && operation.path_parameters.is_empty()
        && !operation.query.iter().any(|parameter| parameter.required)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_a_problem() {
        let at = |seconds: u64, later: bool| {
            let (now, difference) = (SystemTime::now(), Duration::from_secs(seconds));
            let theirs = if later { now + difference } else { now - difference };
            clock(Some(&httpdate::fmt_http_date(theirs)))
        };
        assert!(at(0, true).is_ok);
        assert!(!at(3600, true).is_ok);
        assert!(at(3600, true).detail.ends_with("behind the server"));
        assert!(at(3600, false).detail.ends_with("ahead of the server"));
        assert!(clock(None).is_ok);
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let mut session = Session::of_process();
        session.variables = [("HTTPS_PROXY".to_owned(), "http://user:secret@proxy.example:3128".to_owned())].into();
        assert_eq!(proxy(&session).detail, "proxy.example:3128 (HTTPS_PROXY)");
    }
}
