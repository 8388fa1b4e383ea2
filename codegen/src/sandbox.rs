//! placeholder
/// placeholder
pub fn model(description: &serde_json::Value) -> serde_json::Value { let _ = description; serde_json::json!({}) }
