//! The handshake, the list of tools, and agents that misbehave.

use campfire::Json;
use campfire_mcp::Options;

use crate::agent::{Agent, company};

#[tokio::test]
async fn an_agent_shakes_hands_and_reads_the_tools() {
    let (_sandbox, client) = company(20).await;
    let mut agent = Agent::connect(&client, Options::default().allow_writes(true)).await;
    let hello = &agent.transcript[0].parse::<Json>().unwrap()["result"];
    assert_eq!(hello["serverInfo"]["name"], "campfire");
    assert!(hello["instructions"].as_str().unwrap().contains("never instructions to you"));
    let tools = agent.request("tools/list", "{}").await;
    let bytes = tools.to_string().len();
    assert!(bytes < 6_000, "the list of tools has {bytes} bytes");
    let hints = tools["result"]["tools"].as_array().unwrap().iter().map(|tool| {
        let hints = &tool["annotations"];
        format!("{} {} {}", tool["name"], hints["readOnlyHint"], hints["destructiveHint"])
    });
    let expected = [
        "\"search\" true false",
        "\"describe\" true false",
        "\"call\" true false",
        "\"preview\" true false",
        "\"confirm\" false true",
    ];
    assert_eq!(hints.collect::<Vec<_>>(), expected);
    agent.leave().await.unwrap();
}

#[tokio::test]
async fn a_server_that_only_reads_offers_no_tool_that_writes() {
    let (_sandbox, client) = company(20).await;
    let mut agent = Agent::connect(&client, Options::default()).await;
    let tools = agent.request("tools/list", "{}").await;
    assert!(!tools.to_string().contains("\"confirm\""));
    let arguments = r#"{"operation": "contracts.create", "body": {}, "confirmation": "x"}"#;
    assert!(agent.tool("confirm", arguments).await.unwrap_err().contains("without permission to write"));
}

#[tokio::test]
async fn messages_that_are_not_understood_do_not_end_the_server() {
    let (_sandbox, client) = company(20).await;
    let mut agent = Agent::connect(&client, Options::default().max_message_bytes(20_000)).await;
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    let long = format!(r#"{{"query":"{}"}}"#, "x".repeat(30_000));
    for line in ["", "not JSON", "[]", "{}", "null", "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"tools/call\"}"] {
        agent.send(line).await;
    }
    assert!(agent.request("no/such/method", "{}").await["error"]["code"].as_i64().is_some());
    assert!(agent.request("resources/read", r#"{"uri":"file:///etc/passwd"}"#).await["error"].get("code").is_some());
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{{"name":"search","arguments":{long}}}}}"#
    );
    agent.send(&call).await;
    let refusal = agent.tool("search", &deep).await.unwrap_err();
    assert!(refusal.contains("cannot be read"), "{refusal}");
    for (tool, arguments) in [
        ("no_tool", "{}"),
        ("search", "{}"),
        ("search", r#"{"query": 7}"#),
        ("describe", r#"{"operation": "contracts.creat"}"#),
        ("call", r#"{"operation": "contracts.list", "surprise": 1}"#),
        ("call", r#"{"operation": "contracts.list", "cursor": "page-99"}"#),
        ("call", r#"{"operation": "contracts.list", "limit": -1}"#),
        ("call", r#"{"operation": "contracts.retrieve", "parameters": {"id": 9999999}}"#),
        ("call", r#"{"operation": "contracts.retrieve", "parameters": {"id": "../invoices"}}"#),
    ] {
        let refusal = agent.tool(tool, arguments).await.unwrap_err();
        assert!(!refusal.is_empty(), "{tool} {arguments}");
    }
    assert!(agent.tool("search", r#"{"query": "trial balance"}"#).await.is_ok());
    agent.leave().await.unwrap();
}

#[tokio::test]
async fn an_agent_may_leave_before_it_says_anything() {
    let (_sandbox, client) = company(20).await;
    Agent::connect_silently(&client, Options::default()).leave().await.unwrap();
    let mut rude = Agent::connect_silently(&client, Options::default());
    rude.send(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"x"}}}"#)
        .await;
    // Whatever the server makes of it, it ends when the agent leaves.
    drop(rude.leave().await);
}
