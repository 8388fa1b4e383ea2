//! The allow file: changes that somebody has looked at and accepts, and verdicts that a project sees otherwise.
//!
//! ```yaml
//! severities:
//!   response.enum.added: compatible
//! allow:
//!   - fingerprint: 0f3b9a6f2c9d1e58
//!     reason: the vendor removed the endpoint in March, and we said so in the changelog
//!     expires: 2027-03-31
//! ```

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::checks::{UNCLASSIFIED, Wire, check};
use crate::{Bump, Diff};
use campfire_codegen::description::node::members;
use campfire_codegen::description::yaml::{self, Problem, Problems};

/// What an allow file says.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    severities: BTreeMap<String, Wire>,
    allowed: Vec<Allowed>,
}

/// An accepted change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowed {
    /// Which change, as the output names it.
    pub fingerprint: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, as `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// Why an allow file cannot be used.
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
    /// Reads an allow file; `name` is what complaints call it.
    ///
    /// # Errors
    /// When it is malformed, names an unknown check or verdict, or accepts something without a reason.
    pub fn parse(name: &str, text: &str) -> Result<Self, RulesError> {
        let document = yaml::parse(name, text)?;
        let error = |what: String| RulesError(format!("{name}: {what}"));
        let Value::Object(sections) = &document.value else {
            return Err(error("write `severities:` and `allow:`".to_owned()));
        };
        let mut rules = Self::default();
        for (section, value) in sections {
            match (section.as_str(), value) {
                ("severities", Value::Object(severities)) => {
                    for (id, severity) in severities {
                        if id == UNCLASSIFIED {
                            let help = "nothing is known of it; accept the single change by its fingerprint";
                            return Err(error(format!("`{id}` has no severity: {help}")));
                        }
                        if check(id).is_none() {
                            return Err(error(format!("`{id}` is no check; docs/diffing.md lists them")));
                        }
                        let wire = severity.as_str().and_then(Wire::named).ok_or_else(|| {
                            error(format!("`{id}: {severity}`: write documentation, compatible, risky or breaking"))
                        })?;
                        rules.severities.insert(id.clone(), wire);
                    }
                }
                ("allow", Value::Array(entries)) => {
                    for entry in entries {
                        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                        let known = |key: &str| ["fingerprint", "reason", "expires"].contains(&key);
                        if let Some((key, _)) = members(Some(entry)).find(|(key, _)| !known(key)) {
                            return Err(error(format!("`{key}`: there are `fingerprint`, `reason` and `expires`")));
                        }
                        if entry.get("fingerprint").is_some_and(Value::is_number) {
                            return Err(error("a fingerprint of digits only needs quotes".to_owned()));
                        }
                        let expires = entry.get("expires").map(|_| text("expires"));
                        let allowed = Allowed { fingerprint: text("fingerprint"), reason: text("reason"), expires };
                        if allowed.fingerprint.is_empty() || allowed.reason.trim().is_empty() {
                            return Err(error("each entry of `allow` needs a `fingerprint` and a `reason`".to_owned()));
                        }
                        if allowed.expires.as_deref().is_some_and(|day| !is_day(day)) {
                            return Err(error(format!("`expires` of {}: write YYYY-MM-DD", allowed.fingerprint)));
                        }
                        rules.allowed.push(allowed);
                    }
                }
                (other, _) => {
                    return Err(error(format!("`{other}`: there are `severities:` (a mapping) and `allow:` (a list)")));
                }
            }
        }
        Ok(rules)
    }

    /// Applies it to a diff, on a day (`YYYY-MM-DD`). Gives remarks: what has expired, and what allows nothing.
    pub fn apply(&self, diff: &mut Diff, today: &str) -> Vec<String> {
        let mut remarks = Vec::new();
        for change in &mut diff.changes {
            if let Some(wire) = self.severities.get(change.id) {
                change.wire = *wire;
            }
        }
        for allowed in &self.allowed {
            let Allowed { fingerprint, reason, expires } = allowed;
            match diff.changes.iter_mut().find(|change| change.fingerprint == *fingerprint) {
                None => remarks.push(format!("{fingerprint} allows nothing any more: remove it ({reason})")),
                Some(_) if expires.as_deref().is_some_and(|last| last < today) => {
                    remarks
                        .push(format!("{fingerprint} has expired on {}: {reason}", expires.as_deref().unwrap_or("")));
                }
                Some(change) => change.allowed = Some(reason.clone()),
            }
        }
        remarks
    }
}

fn is_day(text: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('-').collect::<Vec<_>>().as_slice(), [year, month, day]
        if digits(year, 4) && digits(month, 2) && digits(day, 2)
            && ("01"..="12").contains(month) && ("01"..="31").contains(day))
}

impl Diff {
    /// The changes that a gate stops at: at least that bad, and not allowed. What no check knows is always among them.
    pub fn stopping(&self, at_least: Wire) -> impl Iterator<Item = &crate::Change> {
        self.changes.iter().filter(move |change| change.wire >= at_least && change.allowed.is_none())
    }

    /// Whether a version bump is at least the one that is due. Below 1.0 a minor bump breaks, as cargo has it.
    pub fn fits(&self, old_version: &str, new_version: &str) -> Result<(), String> {
        let parts = |version: &str| -> Option<[u64; 3]> {
            let core = version.split(['-', '+']).next()?;
            let numbers: Vec<u64> = core.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
            numbers.try_into().ok()
        };
        let (Some(old), Some(new)) = (parts(old_version), parts(new_version)) else {
            return Err(format!("`{old_version}` or `{new_version}` is no version"));
        };
        let unstable = old[0] == 0;
        let made = match () {
            () if new[0] > old[0] => Bump::Major,
            () if new[0] == old[0] && new[1] > old[1] => {
                if unstable {
                    Bump::Major
                } else {
                    Bump::Minor
                }
            }
            () if new[..2] == old[..2] && new[2] > old[2] => {
                if unstable {
                    Bump::Minor
                } else {
                    Bump::Patch
                }
            }
            () => Bump::None,
        };
        if made >= self.bump {
            return Ok(());
        }
        Err(format!("from {old_version} to {new_version} is a {made} bump, and a {} bump is due", self.bump))
    }
}
