//! The arguments of tools, with every digit of their numbers.
//!
//! The MCP library reads numbers as `f64`. So the arguments of each tool call are passed to it as text.

use std::collections::BTreeMap;
use std::io;

use serde_json::value::{RawValue, to_raw_value};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

/// The member that holds the text of the arguments.
pub(crate) const TEXT: &str = "text";

/// A message that the library responds to as invalid.
const INVALID: &[u8] = b"{}";

/// Passes messages on, one per line, until the input ends.
pub(crate) async fn pass_on(
    mut input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
    max_bytes: usize,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        let message = match read_line(&mut input, &mut line, max_bytes).await? {
            Line::End => return Ok(()),
            Line::TooLong => INVALID.to_vec(),
            Line::Whole => with_exact_arguments(&line).unwrap_or_else(|| std::mem::take(&mut line)),
        };
        let passed = async {
            output.write_all(&message).await?;
            output.write_all(b"\n").await
        };
        // The reader is gone, because the server has stopped.
        if passed.await.is_err() {
            return Ok(());
        }
    }
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads a line without its end. A line that is too long is read to its end, and not kept.
async fn read_line(input: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>, max_bytes: usize) -> io::Result<Line> {
    line.clear();
    let mut is_too_long = false;
    loop {
        let available = input.fill_buf().await?;
        if available.is_empty() {
            return Ok(if line.is_empty() && !is_too_long { Line::End } else { finished(is_too_long) });
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        is_too_long |= line.len() + part.len() > max_bytes;
        if is_too_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let consumed = part.len() + usize::from(end.is_some());
        input.consume(consumed);
        if end.is_some() {
            return Ok(finished(is_too_long));
        }
    }
}

fn finished(is_too_long: bool) -> Line {
    if is_too_long { Line::TooLong } else { Line::Whole }
}

/// Returns a tool call with its arguments as text, or `None` if it is another message.
fn with_exact_arguments(line: &[u8]) -> Option<Vec<u8>> {
    let mut message: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(line).ok()?;
    if serde_json::from_str::<String>(message.get("method")?.get()).ok()? != "tools/call" {
        return None;
    }
    let mut params: BTreeMap<String, Box<RawValue>> = serde_json::from_str(message.get("params")?.get()).ok()?;
    let arguments = params.get("arguments")?.get().to_owned();
    let text = BTreeMap::from([(TEXT, arguments)]);
    params.insert("arguments".to_owned(), to_raw_value(&text).ok()?);
    message.insert("params".to_owned(), to_raw_value(&params).ok()?);
    serde_json::to_vec(&message).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn passed(input: &str, max_bytes: usize) -> Vec<String> {
        let mut output = Vec::new();
        pass_on(input.as_bytes(), &mut output, max_bytes).await.unwrap();
        String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn arguments_become_text_with_all_digits() {
        let call = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"call","arguments":{"a": 1.10, "b": 12345678901234567.89}}}"#;
        let expected = r#"{"id":7,"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"text":"{\"a\": 1.10, \"b\": 12345678901234567.89}"},"name":"call"}}"#;
        assert_eq!(passed(call, 1000).await, [expected]);
    }

    #[tokio::test]
    async fn other_messages_are_passed_on_as_they_are() {
        let lines = ["{\"method\": \"ping\", \"id\": 1.50}", "not JSON", "[1]", "{\"method\":\"tools/call\"}", ""];
        assert_eq!(passed(&lines.join("\n"), 1000).await, lines[..4]);
    }

    #[tokio::test]
    async fn a_message_that_is_too_long_is_not_kept() {
        let long = format!("{}\nshort\n", "x".repeat(100_000));
        assert_eq!(passed(&long, 10).await, ["{}", "short"]);
        assert_eq!(passed("12345678901\n1234567890\n", 10).await, ["{}", "1234567890"]);
    }
}
