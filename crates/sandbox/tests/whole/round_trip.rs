//! What the sandbox responds, it accepts back.

use campfire_sandbox::ResponseStyle;
use campfire_sandbox_model::{Operation, Response, Type};
use campfire_values::Json;

use crate::bodies::{path, required};
use crate::support::{Server, model};

fn operation(resource: &str, name: &str) -> Option<&'static Operation> {
    model().operations.iter().find(|operation| operation.resource() == resource && operation.name() == name)
}

/// Creates a record of a resource, through the API or else as the server would, and returns its id.
async fn create(server: &Server, resource: &str) -> Result<i64, String> {
    let Some(create) = operation(resource, "create") else {
        let parents = r#"{"id": 1, "contract": 1, "commit": 1, "contract_id": 1, "commit_id": 1, "budget_pk": 1}"#;
        return server.sandbox.seed(resource, parents.parse::<Json>().unwrap()).map_err(|error| error.to_string());
    };
    let Some(Type::Object(schema)) = create.body.as_ref().map(|body| &body.ty) else { return Err("no body".into()) };
    let reply = server.call("POST", &path(&create.path, 1), &Json::Object(required(schema)).to_string()).await;
    // Some responses do not show the id.
    let last = || server.sandbox.records(resource).last().and_then(|record| record["id"].as_i64());
    reply.body["id"].as_i64().or_else(last).ok_or_else(|| format!("create: {} {}", reply.status, reply.body))
}

#[tokio::test]
async fn the_response_to_get_is_accepted_by_put() {
    let mut failures = Vec::new();
    let mut checked = 0;
    for style in [ResponseStyle::Observed, ResponseStyle::Documented] {
        for replace in
            model().operations.iter().filter(|operation| operation.method == "PUT" && operation.name() == "replace")
        {
            let Some(retrieve) = operation(replace.resource(), "retrieve") else { continue };
            let Response::Value { ty: Type::Object(_) } = &retrieve.response else { continue };
            let server = Server::lenient(style).await;
            for parent in ["contracts", "contracts.prepaid_commits", "budgets"] {
                server.sandbox.seed(parent, r#"{"id": 1, "contract": 1}"#.parse::<Json>().unwrap()).unwrap();
            }
            let parents = replace.path.matches('{').count();
            let id = match (parents, create(&server, replace.resource()).await) {
                (0, _) => 1,
                (_, Ok(id)) => id,
                (_, Err(error)) => {
                    failures.push(format!("{style:?} {}: {error}", replace.id));
                    continue;
                }
            };
            // Parents have the id 1.
            let full = |template: &str| {
                let (above, last) = template.rsplit_once('{').unwrap_or((template, ""));
                let last = last.split_once('}').map_or(String::new(), |(_, rest)| format!("{id}{rest}"));
                path(above, 1) + &last
            };
            let shown = server.ok("GET", &full(&retrieve.path), "").await;
            let reply = server.call("PUT", &full(&replace.path), &shown.to_string()).await;
            checked += 1;
            if reply.status != 200 {
                failures.push(format!("{style:?} {}: {} {}", replace.id, reply.status, reply.body));
                continue;
            }
            // Nested records get new ids, and some responses show fewer fields.
            let skipped = ["last_modified_at", "lines", "transactions"];
            let fields = shown.as_object().unwrap().iter().filter(|(name, _)| !skipped.contains(&name.as_str()));
            for (name, before) in
                fields.filter(|(name, before)| reply.body.get(name).is_some_and(|after| after != *before))
            {
                failures.push(format!(
                    "{style:?} {}: {name} was {before}, is {}",
                    replace.id,
                    reply.body[name.as_str()]
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {checked}:\n{}", failures.len(), failures.join("\n"));
    assert!(checked > 60, "only {checked} resources were checked");
}
