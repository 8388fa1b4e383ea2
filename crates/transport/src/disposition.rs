//! The file name in a `Content-Disposition` header, as RFC 6266 describes it.

use std::iter::Peekable;
use std::str::Chars;

/// Returns the file name without folders, so that it cannot point elsewhere. `filename*`, which names its charset, goes
/// before `filename`.
pub fn file_name(disposition: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(disposition).map_or_else(|_| latin_1(disposition), str::to_owned);
    let parameters = parameters(&text);
    let named = |wanted: &'static str| parameters.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted));
    let extended = named("filename*").filter_map(|(_, value)| decode(value));
    extended.chain(named("filename").map(|(_, value)| value.clone())).find_map(|name| base_name(&name))
}

/// Splits `attachment; filename="a.pdf"; size=3` into names and values.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut characters = text.chars().peekable();
    let mut parameters = Vec::new();
    until(&mut characters, &[';']);
    while characters.next().is_some() {
        let name = until(&mut characters, &['=', ';']);
        if characters.next_if_eq(&'=').is_none() {
            continue;
        }
        while characters.next_if(|character| character.is_whitespace()).is_some() {}
        let value = match characters.next_if_eq(&'"') {
            Some(_) => quoted(&mut characters),
            None => until(&mut characters, &[';']),
        };
        until(&mut characters, &[';']);
        parameters.push((name, value));
    }
    parameters
}

/// Reads up to one of these characters, which is left.
fn until(characters: &mut Peekable<Chars<'_>>, ends: &[char]) -> String {
    let mut text = String::new();
    while let Some(character) = characters.next_if(|character| !ends.contains(character)) {
        text.push(character);
    }
    text.trim().to_owned()
}

/// Reads the rest of a quoted string. A backslash stands before a character that is meant literally.
fn quoted(characters: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

/// Decodes `UTF-8'en'%e2%82%ac.pdf`. RFC 8187 requires UTF-8; older servers also use ISO 8859-1.
fn decode(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    let mut bytes = Vec::new();
    let mut encoded = encoded.bytes();
    while let Some(byte) = encoded.next() {
        let mut digit = || char::from(encoded.next()?).to_digit(16);
        bytes.push(if byte == b'%' { u8::try_from(digit()? << 4 | digit()?).ok()? } else { byte });
    }
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(latin_1(&bytes)),
        _ => None,
    }
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Removes folders, the drive, and control characters.
fn base_name(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next()?;
    let name = match name.as_bytes() {
        [drive, b':', ..] if drive.is_ascii_alphabetic() => &name[2..],
        _ => name,
    };
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    let name = name.trim();
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_read_as_rfc_6266_describes() {
        for (disposition, expected) in [
            (r#"attachment; filename="march report.pdf""#, Some("march report.pdf")),
            ("attachment; filename=report.pdf; size=3", Some("report.pdf")),
            ("ATTACHMENT;FileName=report.pdf", Some("report.pdf")),
            ("attachment ; filename = \"report.pdf\" ; size=3", Some("report.pdf")),
            ("attachment; filename\t=\treport.pdf", Some("report.pdf")),
            // Quoted strings: semicolons, quoted pairs, text that looks like a parameter.
            (r#"attachment; filename="a;b.pdf""#, Some("a;b.pdf")),
            (r#"attachment; filename="the \"best\" year.pdf""#, Some(r#"the "best" year.pdf"#)),
            (r#"attachment; note="filename=evil.exe"; filename="a.pdf""#, Some("a.pdf")),
            (r#"attachment; xfilename="evil.exe"; filename="a.pdf""#, Some("a.pdf")),
            (r#"attachment; filename="unfinished.pdf"#, Some("unfinished.pdf")),
            (r#"attachment; filename="a.pdf\"#, Some("a.pdf")),
            // The name with a charset goes first, wherever it stands.
            ("attachment; filename=\"EURO.pdf\"; filename*=UTF-8''%e2%82%ac%20rates.pdf", Some("€ rates.pdf")),
            ("attachment; filename*=utf-8'de'%C3%BCber.pdf; filename=\"uber.pdf\"", Some("über.pdf")),
            ("attachment; FILENAME* = ISO-8859-1'en'%A3%20rates.pdf", Some("£ rates.pdf")),
            // One that cannot be read leaves the other.
            ("attachment; filename*=UTF-8''%ff.pdf; filename=a.pdf", Some("a.pdf")),
            ("attachment; filename*=UTF-8''%4; filename=a.pdf", Some("a.pdf")),
            ("attachment; filename*=koi8-r''%C0.pdf; filename=a.pdf", Some("a.pdf")),
            ("attachment; filename*=a.pdf; filename=b.pdf", Some("b.pdf")),
            ("attachment; filename*=UTF-8''..; filename=b.pdf", Some("b.pdf")),
            // Raw UTF-8.
            ("attachment; filename=\"über.pdf\"", Some("über.pdf")),
            // Nothing that points elsewhere.
            (r#"attachment; filename="../../etc/passwd""#, Some("passwd")),
            ("attachment; filename*=UTF-8''..%2f..%2Fetc%2fpasswd", Some("passwd")),
            ("attachment; filename*=UTF-8''..%5Creport.pdf", Some("report.pdf")),
            (r#"attachment; filename="C:\\Windows\\report.pdf""#, Some("report.pdf")),
            (r#"attachment; filename="C:report.pdf""#, Some("report.pdf")),
            ("attachment; filename*=UTF-8''a%00%0A.pdf", Some("a.pdf")),
            (r#"attachment; filename="..""#, None),
            (r#"attachment; filename="""#, None),
            ("attachment; filename", None),
            ("attachment; filename=", None),
            ("filename=a.pdf", None),
            ("inline", None),
            ("", None),
        ] {
            assert_eq!(file_name(disposition.as_bytes()).as_deref(), expected, "{disposition}");
        }
        assert_eq!(file_name(b"attachment; filename=\"\xfcber.pdf\"").as_deref(), Some("über.pdf"));
    }
}
