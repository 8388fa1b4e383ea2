//! Allow files: changes that were reviewed and accepted, and severities that a project overrides.
//!
//! ```yaml
//! severities:
//!   response.enum.added: compatible
//! allow:
//!   - fingerprint: 0f3b9a6f2c9d1e58
//!     reason: the vendor removed the endpoint in March, and the changelog says so
//!     expires: 2027-03-31
//! ```

use std::collections::BTreeMap;
use std::fmt;

use campfire_codegen::description::yaml::{self, Problem, Problems};
use serde_json::{Map, Value};

use crate::change::Diff;
use crate::checks::check;
use crate::verdict::Wire;

/// The contents of an allow file.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    severities: BTreeMap<String, Wire>,
    allowed: Vec<Allowed>,
}

/// An accepted change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowed {
    /// The change's fingerprint, as printed in the output.
    pub fingerprint: String,
    /// The reason it is accepted.
    pub reason: String,
    /// The last day on which it is accepted, as `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// An error in an allow file.
#[derive(Clone, Debug)]
pub struct RulesError(String);

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RulesError {}

impl From<Problem> for RulesError {
    fn from(problem: Problem) -> Self {
        Self(Problems::from(problem).to_string())
    }
}

impl Rules {
    /// Reads an allow file; error messages refer to it as `name`.
    ///
    /// # Errors
    /// When the file is malformed, names an unknown check or verdict, or accepts a change without a reason.
    pub fn parse(name: &str, text: &str) -> Result<Self, RulesError> {
        let document = yaml::parse(name, text)?;
        let error = |message: String| RulesError(format!("{name}: {message}"));
        let Value::Object(sections) = &document.value else {
            return Err(error("expected `severities:` and `allow:`".to_owned()));
        };
        let mut rules = Self::default();
        for (section, value) in sections {
            match (section.as_str(), value) {
                ("severities", Value::Object(entries)) => rules.severities = severities(entries).map_err(error)?,
                ("allow", Value::Array(entries)) => {
                    rules.allowed = entries.iter().map(allowed).collect::<Result<_, _>>().map_err(error)?;
                }
                (other, _) => {
                    return Err(error(format!("`{other}`: expected `severities:` (a mapping) or `allow:` (a list)")));
                }
            }
        }
        Ok(rules)
    }

    /// Applies the rules to a diff as of a day, given as `YYYY-MM-DD`. Returns warnings about entries that have
    /// expired or match nothing.
    pub fn apply(&self, diff: &mut Diff, today: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        for change in &mut diff.changes {
            for verdict in &mut change.verdicts {
                verdict.wire = self.severities.get(verdict.id).copied().unwrap_or(verdict.wire);
            }
            change.settle();
        }
        diff.sort();
        for Allowed { fingerprint, reason, expires } in &self.allowed {
            let expired = expires.as_deref().filter(|last| *last < today);
            match (diff.changes.iter_mut().find(|change| change.fingerprint == *fingerprint), expired) {
                (None, _) => warnings.push(format!("{fingerprint} no longer matches a change, remove it ({reason})")),
                (Some(_), Some(day)) => warnings.push(format!("{fingerprint} expired on {day}: {reason}")),
                (Some(change), None) => change.allowed = Some(reason.clone()),
            }
        }
        warnings
    }
}

/// Reads the section `severities`.
fn severities(entries: &Map<String, Value>) -> Result<BTreeMap<String, Wire>, String> {
    let severity = |(id, value): (&String, &Value)| {
        if check(id).is_none() {
            return Err(format!("unknown check `{id}`; see docs/diffing.md for the list"));
        }
        let wire = value.as_str().and_then(Wire::named);
        let wire =
            wire.ok_or_else(|| format!("`{id}: {value}`: expected documentation, compatible, risky or breaking"))?;
        Ok((id.clone(), wire))
    };
    entries.iter().map(severity).collect()
}

/// Reads an entry of the section `allow`.
fn allowed(entry: &Value) -> Result<Allowed, String> {
    const KEYS: [&str; 3] = ["fingerprint", "reason", "expires"];
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut keys = entry.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    if let Some(key) = keys.find(|key| !KEYS.contains(key)) {
        return Err(format!("unknown key `{key}`: expected `fingerprint`, `reason` or `expires`"));
    }
    if entry.get("fingerprint").is_some_and(Value::is_number) {
        return Err("a fingerprint that consists of digits only needs quotes".to_owned());
    }
    let expires = entry.get("expires").map(|_| text("expires"));
    let allowed = Allowed { fingerprint: text("fingerprint"), reason: text("reason"), expires };
    if allowed.fingerprint.is_empty() || allowed.reason.trim().is_empty() {
        return Err("each entry of `allow` needs a `fingerprint` and a `reason`".to_owned());
    }
    if allowed.expires.as_deref().is_some_and(|day| !is_day(day)) {
        return Err(format!("`expires` of {}: expected YYYY-MM-DD", allowed.fingerprint));
    }
    Ok(allowed)
}

fn is_day(text: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('-').collect::<Vec<_>>().as_slice(), [year, month, day]
        if digits(year, 4) && digits(month, 2) && digits(day, 2)
            && ("01"..="12").contains(month) && ("01"..="31").contains(day))
}
