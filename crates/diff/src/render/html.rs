//! The format for browsers: one page without a network, to read and to hand around.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::phrases::{count, places, summary};
use crate::change::{Change, Diff};
use crate::verdict::{Bump, Wire};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--old:#e5534b22;--new:#57ab5a22}
body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}
h2{margin:1.5em 0 .5em;border-bottom:1px solid var(--line)}
article{border:1px solid var(--line);border-left:5px solid #888;border-radius:4px;margin:.6em 0;padding:.5em .8em}
.breaking,.unclassified{border-left-color:#d1242f}.risky{border-left-color:#bf8700}.compatible{border-left-color:#1a7f37}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{margin:0;padding:.5em;white-space:pre-wrap;overflow-wrap:anywhere}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:.6em;margin:.5em 0}
.old{background:var(--old)}.new{background:var(--new)}
.meta{color:#888;font-size:13px}label{margin-right:1em}
";

/// Hides the entries whose box is not checked, and groups without a visible entry.
const SCRIPT: &str = "\
const boxes=[...document.querySelectorAll('input')];
const show=()=>{for(const e of document.querySelectorAll('article'))e.hidden=!boxes.find(b=>b.value==e.dataset.wire).checked;
for(const s of document.querySelectorAll('section'))s.hidden=![...s.querySelectorAll('article')].some(e=>!e.hidden)};
boxes.forEach(b=>b.addEventListener('change',show));
";

/// Renders a diff as one page: a summary, a filter by verdict, and the changes grouped by resource.
pub fn html(diff: &Diff) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>API changes</title><style>{STYLE}</style></head><body>\n\
         <h1>API changes</h1>\n<p>{}</p>\n<p>",
        escaped(&summary(diff))
    );
    for wire in Wire::ALL.into_iter().rev().filter(|wire| *wire >= diff.level && count(diff, *wire) > 0) {
        let (name, count) = (wire.name(), count(diff, wire));
        let _ = write!(page, "<label><input type=\"checkbox\" value=\"{name}\" checked> {name} ({count})</label>");
    }
    page.push_str("</p>\n");
    let mut groups: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for change in diff.shown() {
        groups.entry(resource(change)).or_default().push(change);
    }
    for (name, changes) in groups {
        let _ = writeln!(page, "<section><h2>{}</h2>", escaped(&name));
        changes.into_iter().for_each(|change| write_change(&mut page, change));
        page.push_str("</section>\n");
    }
    if !diff.rust.is_empty() {
        let _ = writeln!(page, "<h2>Further changes to the Rust API</h2><pre>{}</pre>", escaped(&diff.rust.join("\n")));
    }
    let _ = writeln!(page, "<script>{SCRIPT}</script></body></html>");
    page
}

/// Returns the resource that a change belongs to: the path of an operation without parameters, or a schema.
fn resource(change: &Change) -> String {
    let mut words = change.subject.split(' ');
    match (words.next(), words.next()) {
        (Some(_), Some(path)) if path.starts_with('/') => {
            let steps = path.split('/').take_while(|step| !step.starts_with('{'));
            steps.collect::<Vec<_>>().join("/").trim_end_matches('/').to_owned()
        }
        (Some(subject), _) => match subject.strip_prefix("components.schemas.") {
            Some(rest) => rest.split(['.', '[']).next().unwrap_or(rest).to_owned(),
            None => subject.split('.').next().unwrap_or(subject).to_owned(),
        },
        _ => "document".to_owned(),
    }
}

fn write_change(page: &mut String, change: &Change) {
    let wire = change.wire.name();
    let _ =
        writeln!(page, "<article class=\"{wire}\" data-wire=\"{wire}\"><strong>{}</strong>", escaped(&change.subject));
    for verdict in &change.verdicts {
        let _ = write!(page, " <span>{}: <code>{}</code></span>", verdict.wire, verdict.id);
    }
    let _ = writeln!(
        page,
        "<div class=\"sides\"><pre class=\"old\">{}</pre><pre class=\"new\">{}</pre></div>",
        escaped(&value(&change.old)),
        escaped(&value(&change.new))
    );
    if !change.details.is_empty() {
        let _ = writeln!(page, "<pre>{}</pre>", escaped(&change.details.join("\n")));
    }
    if change.sdk > Bump::None {
        let items: String = change.rust.iter().map(|item| format!("\n{item}")).collect();
        let _ =
            writeln!(page, "<details><summary>Rust: {}</summary><pre>{}</pre></details>", change.sdk, escaped(&items));
    }
    let allowed = change.allowed.as_ref().map(|reason| format!(" · allowed: {reason}")).unwrap_or_default();
    let meta = format!("{} · {} · {}{allowed}", places(change), change.location, change.fingerprint);
    let _ = writeln!(page, "<div class=\"meta\">{}</div></article>", escaped(meta.trim_start_matches([' ', '·'])));
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::revision::Revision;

    #[test]
    fn the_page_shows_both_sides_and_runs_nothing_from_the_description() {
        let document = |text: &str| {
            let text = serde_json::json!({"openapi": "3.0.3", "paths": {"/a/{id}": {"get": {"summary": text, "responses": {}}}}});
            Revision::parse("a.json", &text.to_string()).unwrap()
        };
        let page = html(&compare(&document("<script>old</script>"), &document("new & better")));
        assert!(page.contains("&lt;script&gt;old") && page.contains("new &amp; better"), "{page}");
        assert!(page.contains("<h2>/a</h2>") && page.contains("value=\"documentation\" checked"), "{page}");
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains("http"), "no network: {page}");
    }
}
