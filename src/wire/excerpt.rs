//! Excerpts of responses for error messages.

/// Returns up to 200 bytes around a position, as text in one line.
pub(crate) fn around(bytes: &[u8], position: usize) -> String {
    const WIDTH: usize = 200;
    // The position is behind the value that was not accepted, so most of the excerpt comes before it.
    let start = position.min(bytes.len()).saturating_sub(WIDTH * 3 / 4);
    let end = bytes.len().min(start + WIDTH);
    let mut text: String = String::from_utf8_lossy(&bytes[start..end])
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    // A character that was cut may have grown into a replacement character.
    while text.len() > WIDTH {
        text.pop();
    }
    text
}
