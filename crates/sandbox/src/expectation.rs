//! Expectations about the log of requests, for assertions in tests.

use std::fmt::Write;
use std::ops::RangeInclusive;

use crate::model::api::Api;
use crate::server::log::LoggedRequest;
use crate::server::pattern::Pattern;

/// The longest text of a request or response in a message.
const EXCERPT: usize = 200;

/// The largest number of pairs of requests that are compared. A longer difference is shown without common requests.
const MAX_PAIRS: usize = 4_000_000;

/// An expectation about the requests to an operation so far: see [`Sandbox::expect`](crate::Sandbox::expect).
#[derive(Debug)]
#[must_use = "an expectation without a number checks nothing"]
pub struct Expectation {
    requests: Vec<LoggedRequest>,
    operation: Pattern,
}

impl Expectation {
    #[track_caller]
    pub(crate) fn new(api: &Api, requests: Vec<LoggedRequest>, operation: &str) -> Self {
        let operation = Pattern::new(operation);
        require(operation.check(api));
        Expectation { requests, operation }
    }

    /// Checks that there have been exactly this many requests.
    ///
    /// # Panics
    /// If there have been more or fewer. The message lists the requests.
    #[track_caller]
    pub fn times(self, requests: usize) {
        require(check_times(&self.requests, &self.operation, requests..=requests));
    }

    /// Checks that there have been this many requests or more.
    ///
    /// # Panics
    /// If there have been fewer. The message lists the requests.
    #[track_caller]
    pub fn at_least(self, requests: usize) {
        require(check_times(&self.requests, &self.operation, requests..=usize::MAX));
    }
}

/// Panics with the difference if there is one.
#[track_caller]
pub(crate) fn require(outcome: Result<(), String>) {
    let difference = outcome.err();
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

/// Checks the number of requests to an operation.
///
/// # Errors
/// The difference.
pub(crate) fn check_times(
    requests: &[LoggedRequest],
    operation: &Pattern,
    expected: RangeInclusive<usize>,
) -> Result<(), String> {
    let is_meant = |request: &&LoggedRequest| request.operation.as_deref().is_some_and(|sent| operation.matches(sent));
    let sent = requests.iter().filter(is_meant).count();
    if expected.contains(&sent) {
        return Ok(());
    }
    let least = if *expected.end() == usize::MAX { "at least " } else { "" };
    let mut text = format!("expected {least}{} of `{operation}`, but there were {sent}", calls(*expected.start()));
    text.push_str(if requests.is_empty() {
        ", and no other requests"
    } else {
        "; the requests so far (`>` marks those):"
    });
    for request in requests {
        let mark = if is_meant(&request) { '>' } else { ' ' };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{mark} {} {}", request.time, detailed(request));
    }
    Err(text)
}

fn calls(number: usize) -> String {
    if number == 1 { "1 call".to_owned() } else { format!("{number} calls") }
}

/// Checks that the requests are exactly the expected ones, in order.
///
/// # Errors
/// The difference, or the expected operation that does not exist.
pub(crate) fn check_requests(api: &Api, requests: &[LoggedRequest], expected: &[&str]) -> Result<(), String> {
    for expected in expected {
        let name = expected.split(' ').next().unwrap_or_default();
        // An HTTP method begins a request by its path.
        if !name.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Pattern::new(name).check(api)?;
        }
    }
    let is_same = |expected: &str, request: &LoggedRequest| meets(expected, request);
    if requests.len() == expected.len() && expected.iter().zip(requests).all(|(text, sent)| is_same(text, sent)) {
        return Ok(());
    }
    Err(difference(requests, expected))
}

/// Returns `true` if the request is the expected one: `invoices.create`, `GET /rr/api/v1/contracts`, each with or
/// without a status.
fn meets(expected: &str, request: &LoggedRequest) -> bool {
    let (name, status) = match expected.rsplit_once(' ') {
        Some((name, status)) if status.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(status)),
        _ => (expected, None),
    };
    let is_named = match name.split_once(' ') {
        Some((method, path)) => method == request.method && path == request.path,
        None => request.operation.as_deref().is_some_and(|operation| Pattern::new(name).matches(operation)),
    };
    is_named && status.is_none_or(|status| status == request.status.to_string())
}

/// Returns the difference line by line: `-` for what was expected and not sent, `+` for what was sent and not expected.
fn difference(requests: &[LoggedRequest], expected: &[&str]) -> String {
    let mut text = "the requests are not the expected ones (- expected, + sent):".to_owned();
    let (mut sent, mut wanted) = (0, 0);
    for (common_sent, common_wanted) in common(requests, expected).into_iter().chain([(requests.len(), expected.len())])
    {
        for missing in &expected[wanted..common_wanted] {
            let _ = write!(text, "\n- {missing}");
        }
        for request in &requests[sent..common_sent] {
            let _ = write!(text, "\n+ {}", detailed(request));
        }
        if let Some(request) = requests.get(common_sent) {
            let _ = write!(text, "\n  {}", short(request));
        }
        (sent, wanted) = (common_sent + 1, common_wanted + 1);
    }
    text
}

/// Returns the positions of a longest common subsequence.
fn common(requests: &[LoggedRequest], expected: &[&str]) -> Vec<(usize, usize)> {
    let (rows, columns) = (requests.len(), expected.len());
    if rows.saturating_mul(columns) > MAX_PAIRS {
        return Vec::new();
    }
    // `longest[row][column]` is the length for the rest from there on.
    let mut longest = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if meets(expected[column], &requests[row]) {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        if meets(expected[column], &requests[row]) {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if longest[row + 1][column] >= longest[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

fn short(request: &LoggedRequest) -> String {
    let path = || format!("{} {}", request.method, request.path);
    format!("{} {}", request.operation.clone().unwrap_or_else(path), request.status)
}

fn detailed(request: &LoggedRequest) -> String {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let mut text = format!("{}: {} {}{query}", short(request), request.method, request.path);
    for (label, body) in [("sent", &request.body), ("received", &request.response)] {
        if !body.is_empty() {
            let excerpt: String = body.chars().take(EXCERPT).collect();
            let dots = if excerpt.len() < body.len() { "…" } else { "" };
            let _ = write!(text, " {label} {excerpt}{dots}");
        }
    }
    text
}
