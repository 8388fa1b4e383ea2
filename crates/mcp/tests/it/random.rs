//! Random calls: none writes without a confirmation, none ends the server, and none reveals the key.

use std::collections::BTreeSet;

use campfire::operations;
use campfire::sandbox::{Demo, ResponseStyle, Sandbox};
use campfire::{Json, JsonObject};
use campfire_mcp::Options;
use fastrand::Rng;

use crate::agent::Agent;

const TOOLS: [&str; 6] = ["search", "describe", "call", "preview", "confirm", "no such tool"];
const NAMES: [&str; 14] = [
    "operation",
    "parameters",
    "body",
    "confirmation",
    "query",
    "start",
    "schema",
    "fields",
    "limit",
    "cursor",
    "select",
    "text",
    "id",
    "upsert",
];

struct Caller {
    random: Rng,
    ids: Vec<&'static str>,
    /// Tokens that were seen, each with the arguments of its preview.
    tokens: Vec<(String, String)>,
}

impl Caller {
    fn word(&mut self) -> String {
        let words = [
            "invoice",
            "\\u0000",
            "../..",
            "{",
            "page-1",
            "trial_balance.accounts.0",
            "\\\"",
            "🔥",
            "",
            "9999999999999999999999",
        ];
        words[self.random.usize(..words.len())].to_owned()
    }

    fn value(&mut self, depth: usize) -> String {
        match self.random.u8(0..12) {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => self.random.i32(..).to_string(),
            3 => "1e400".to_owned(),
            4 => "-0.000000000000000000000000000000000001".to_owned(),
            5 | 6 => format!("\"{}\"", self.word()),
            7 if depth > 0 => format!("[{}, {}]", self.value(depth - 1), self.value(depth - 1)),
            8 if depth > 0 => format!("{}{}", "[".repeat(60), "]".repeat(60)),
            _ if depth > 0 => self.object(depth - 1),
            _ => "1".to_owned(),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        let names: BTreeSet<&str> =
            (0..self.random.usize(0..4)).map(|_| NAMES[self.random.usize(..NAMES.len())]).collect();
        let members = names.into_iter().map(|name| format!("\"{name}\": {}", self.value(depth)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
    }

    /// Returns the ids of an operation's path, and sometimes others.
    fn parameters(&mut self, id: &str) -> String {
        let operation = operations::get(id).unwrap();
        let mut parameters = JsonObject::default();
        for parameter in operation.path_parameters {
            parameters.insert(parameter.shown_name().to_owned(), Json::from(self.random.i64(1..60)));
        }
        if self.random.u8(0..4) == 0 { self.object(2) } else { Json::Object(parameters).to_string() }
    }

    /// Returns a call that could do something.
    fn plausible(&mut self) -> (&'static str, String) {
        let id = self.ids[self.random.usize(..self.ids.len())];
        let (parameters, body) = (self.parameters(id), self.object(3));
        let body = match self.random.u8(0..3) {
            0 => String::new(),
            1 => format!(r#", "body": {body}"#),
            _ => r#", "body": {"lines": [{"amount": 10.00, "account": 3}], "upsert": true, "departments": [{"name": "X"}]}"#.to_owned(),
        };
        let request = format!(r#""operation": "{id}", "parameters": {parameters}{body}"#);
        match self.random.u8(0..6) {
            0 => ("describe", format!(r#"{{"operation": "{id}"}}"#)),
            1 => ("preview", format!("{{{request}}}")),
            2 => {
                // A token of another request, or a made-up one.
                let known = self.tokens.get(self.random.usize(..self.tokens.len().max(1)));
                let known = known.filter(|(previewed, _)| *previewed != format!("{{{request}}}"));
                let token = known.map_or_else(|| "0".repeat(32), |(_, token)| token.clone());
                ("confirm", format!(r#"{{{request}, "confirmation": "{token}"}}"#))
            }
            _ => ("call", format!("{{{request}}}")),
        }
    }

    fn call(&mut self) -> (&'static str, String) {
        match self.random.u8(0..4) {
            0 => (TOOLS[self.random.usize(..TOOLS.len())], self.object(3)),
            _ => self.plausible(),
        }
    }
}

async fn call_at_random(seed: u64, calls: usize) {
    let builder = Sandbox::builder().response_style(ResponseStyle::Documented).allow_unmodelled(true);
    let sandbox = builder.start().await.unwrap();
    sandbox.demo(&Demo::default().rows(30)).unwrap();
    let client = sandbox.client().unwrap();
    let options = Options::default().allow_writes(true).allow_unpreviewed(true).max_copied_records(5);
    let limit = options.max_result_bytes;
    let mut agent = Agent::connect(&client, options).await;
    let mut caller = Caller { random: Rng::with_seed(seed), ids: operations::ids().collect(), tokens: Vec::new() };
    // The sandbox stores them when they are first read.
    client.operation("account_settings.retrieve").unwrap().await.unwrap();
    let before = sandbox.snapshot()["records"].clone();
    let (mut done, mut refused) = (0, 0);
    for _ in 0..calls {
        let (tool, arguments) = caller.call();
        let outcome = agent.tool(tool, &arguments).await;
        match &outcome {
            Ok(result) => {
                done += 1;
                assert_ne!(tool, "confirm", "{arguments}: {result}");
                assert!(
                    result.to_string().len() <= limit + 8_000,
                    "{tool} {arguments}: {} bytes",
                    result.to_string().len()
                );
                let token = result["confirmation"]["token"].as_str();
                caller.tokens.extend(token.map(|token| (arguments.clone(), token.to_owned())));
            }
            Err(_) => refused += 1,
        }
        let said = agent.transcript.drain(..).collect::<String>();
        assert!(!said.contains(&sandbox.key()), "{tool} {arguments}: {said}");
        assert!(!said.contains("panicked"), "{tool} {arguments}: {said}");
    }
    assert!(done * 10 > calls && refused * 10 > calls, "{done} done, {refused} refused of {calls}");
    let written = sandbox.requests().into_iter().filter(|request| {
        let operation = request.operation.as_deref().and_then(operations::get);
        operation.is_none_or(|operation| operation.changes_data())
    });
    assert_eq!(written.map(|request| format!("{} {}", request.method, request.path)).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(sandbox.snapshot()["records"], before, "nothing has changed");
    agent.leave().await.unwrap();
}

#[tokio::test]
async fn random_calls_neither_write_nor_reveal_the_key() {
    call_at_random(3, 300).await;
}

#[tokio::test]
#[ignore = "takes minutes; CALLS=10000 SEED=1 cargo test -p campfire-mcp --test it -- --ignored ten_thousand"]
async fn ten_thousand_random_calls_neither_write_nor_reveal_the_key() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    call_at_random(number("SEED", 1), usize::try_from(number("CALLS", 10_000)).unwrap()).await;
}
