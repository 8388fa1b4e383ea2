//! Plain PDF files: lines of text in one font.

/// The lines on a page.
const LINES: usize = 48;

/// Returns a PDF file with these lines on A4 pages.
pub(crate) fn of_lines(lines: &[String]) -> Vec<u8> {
    let pages: Vec<&[String]> = if lines.is_empty() { vec![&[]] } else { lines.chunks(LINES).collect() };
    let mut file = File::default();
    // Objects 1 to 3 are the catalog, the pages, and the font. Each page has two more: itself, and its content.
    file.object(1, b"<</Type/Catalog/Pages 2 0 R>>");
    let kids: Vec<String> = (0..pages.len()).map(|index| format!("{} 0 R", 4 + 2 * index)).collect();
    file.object(2, format!("<</Type/Pages/Kids[{}]/Count {}>>", kids.join(" "), pages.len()).as_bytes());
    file.object(3, b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>");
    for (index, page) in pages.iter().enumerate() {
        let (number, content) = (4 + 2 * index, content(page));
        let head = format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents {} 0 R>>",
            number + 1
        );
        file.object(number, head.as_bytes());
        let mut stream = format!("<</Length {}>>\nstream\n", content.len()).into_bytes();
        stream.extend(content);
        stream.extend(b"\nendstream");
        file.object(number + 1, &stream);
    }
    file.finish()
}

/// Returns the drawing instructions of a page.
fn content(lines: &[String]) -> Vec<u8> {
    let mut text = b"BT /F 10 Tf 15 TL 50 790 Td\n".to_vec();
    for line in lines {
        text.push(b'(');
        for character in line.chars() {
            match u8::try_from(u32::from(character)) {
                Ok(byte @ (b'(' | b')' | b'\\')) => text.extend([b'\\', byte]),
                Ok(byte) if !character.is_control() => text.push(byte),
                _ => text.push(b'?'),
            }
        }
        text.extend(b") Tj T*\n");
    }
    text.extend(b"ET");
    text
}

/// A file with the positions of its objects.
struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl Default for File {
    fn default() -> Self {
        File { bytes: b"%PDF-1.4\n".to_vec(), offsets: Vec::new() }
    }
}

impl File {
    /// Appends the next object.
    fn object(&mut self, number: usize, content: &[u8]) {
        self.offsets.push(self.bytes.len());
        self.bytes.extend(format!("{number} 0 obj\n").into_bytes());
        self.bytes.extend(content);
        self.bytes.extend(b"\nendobj\n");
    }

    fn finish(mut self) -> Vec<u8> {
        let (start, count) = (self.bytes.len(), self.offsets.len() + 1);
        self.bytes.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").into_bytes());
        for offset in &self.offsets {
            self.bytes.extend(format!("{offset:010} 00000 n \n").into_bytes());
        }
        let trailer = format!("trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
        self.bytes.extend(trailer.into_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_where_the_table_says() {
        let lines: Vec<String> = (0..100).map(|line| format!("Line ({line}) – Müller")).collect();
        let file = of_lines(&lines);
        let text: String = file.iter().map(|byte| char::from(*byte)).collect();
        // Three pages of two objects each, and three others.
        let table = text.split("xref\n0 10\n").nth(1).unwrap();
        for (number, entry) in table.lines().skip(1).take(9).enumerate() {
            let offset: usize = entry[..10].parse().unwrap();
            assert!(file[offset..].starts_with(format!("{} 0 obj\n", number + 1).as_bytes()), "{entry}");
        }
        assert!(text.contains("(Line \\(99\\) ? Müller) Tj"), "{text}");
        let start: usize = text.rsplit_once("startxref\n").unwrap().1.lines().next().unwrap().parse().unwrap();
        assert!(file[start..].starts_with(b"xref\n"));
    }
}
