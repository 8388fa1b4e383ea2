//! The result of a comparison, as YAML to paste into the description.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::compare::difference::{Difference, Differences, Place};
use crate::compare::yaml::Yaml;

/// The responses that differ, by method, with their statuses.
type Methods<'a> = BTreeMap<&'a str, Vec<(u16, &'a Difference)>>;

/// The result of a comparison.
pub(crate) struct Report {
    session: PathBuf,
    pub(crate) differences: Differences,
    /// The number of requests that were replayed.
    pub(crate) compared: usize,
    skipped: Vec<String>,
}

impl Report {
    pub(crate) fn new(session: &Path, differences: Differences) -> Self {
        Report { session: session.to_owned(), differences, compared: 0, skipped: Vec::new() }
    }

    /// Notes a request that was not replayed.
    pub(crate) fn skip(&mut self, reason: String) {
        self.skipped.push(reason);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// Returns the differences as a part of the description, and the rest as comments.
    pub(crate) fn yaml(&self) -> String {
        let mut yaml = Yaml::default();
        yaml.comment(&format!(
            "{}: {} differences in {} requests; {} not compared",
            self.session.display(),
            self.differences.len(),
            self.compared,
            self.skipped.len()
        ));
        for reason in &self.skipped {
            yaml.comment(reason);
        }
        self.responses(&mut yaml);
        self.properties(&mut yaml);
        yaml.text()
    }

    fn responses(&self, yaml: &mut Yaml) {
        let mut paths: BTreeMap<&str, Methods<'_>> = BTreeMap::new();
        for (place, difference) in self.differences.iter() {
            if let Place::Response { path, method, status } = place {
                paths.entry(path).or_default().entry(method).or_default().push((*status, difference));
            }
        }
        if paths.is_empty() {
            return;
        }
        yaml.open(0, "paths");
        for (path, methods) in paths {
            yaml.open(1, path);
            for (method, responses) in methods {
                yaml.open(2, method);
                yaml.open(3, "responses");
                for (status, difference) in responses {
                    yaml.open(4, &status.to_string());
                    yaml.pair(5, "description", "Observed; not in the reference.");
                    deviation(yaml, 5, difference);
                }
            }
        }
    }

    fn properties(&self, yaml: &mut Yaml) {
        let mut schemas: BTreeMap<&str, Vec<(&str, &Difference)>> = BTreeMap::new();
        for (place, difference) in self.differences.iter() {
            if let Place::Property { schema, name } = place {
                schemas.entry(schema).or_default().push((name, difference));
            }
        }
        if schemas.is_empty() {
            return;
        }
        yaml.open(0, "components");
        yaml.open(1, "schemas");
        for (schema, properties) in schemas {
            yaml.open(2, schema);
            yaml.open(3, "properties");
            for (name, difference) in properties {
                yaml.open(4, name);
                if let Some(ty) = difference.added {
                    added(yaml, ty);
                }
                deviation(yaml, 5, difference);
            }
        }
    }
}

/// Declares a property that the description does not have.
fn added(yaml: &mut Yaml, ty: &str) {
    let reference = |yaml: &mut Yaml, name: &str| {
        yaml.raw(5, "allOf", &format!("[{{$ref: '#/components/schemas/{name}'}}]"));
    };
    match ty {
        "number" => reference(yaml, "Decimal"),
        // Nothing is known about what it holds.
        "array" | "object" | "null" => reference(yaml, "Json"),
        ty => yaml.pair(5, "type", ty),
    }
    yaml.raw(5, "readOnly", "true");
    yaml.pair(5, "description", "Observed; not in the reference. The currency of an amount is not known.");
}

fn deviation(yaml: &mut Yaml, depth: usize, difference: &Difference) {
    yaml.open(depth, "x-deviation");
    yaml.pair(depth + 1, "documented", &difference.documented);
    yaml.pair(depth + 1, "observed", &difference.observed.join("; or "));
    let times = if difference.times == 1 { "once".to_owned() } else { format!("{} times", difference.times) };
    yaml.pair(depth + 1, "evidence", &format!("{}; {times} in that session", difference.evidence));
}
