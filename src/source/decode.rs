//! The text of a source file, as PEP 263 and the tokenizer of CPython read it.

use std::borrow::Cow;

/// What the bytes of a source file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Written in the named codec, which only Python knows.
    Codec(String),
}

/// Decodes UTF-8 (with or without a byte order mark) and Latin-1; names any other codec.
///
/// Bytes that are not valid in the codec become U+FFFD: a report must not fail on them.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some(text) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return Decoded::Text(String::from_utf8_lossy(text));
    }
    match cookie(bytes).as_deref() {
        None | Some("utf-8" | "utf8" | "u8" | "utf" | "ascii" | "us-ascii" | "utf-8-sig") => {
            Decoded::Text(String::from_utf8_lossy(bytes))
        }
        Some("latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1") => {
            Decoded::Text(Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()))
        }
        Some(name) => Decoded::Codec(name.to_owned()),
    }
}

/// The codec named by a coding line, lower case: `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)` in one of
/// the first two lines, the second only below a comment or blank line (PEP 263).
fn cookie(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|&byte| byte == b'\n').take(2) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = line.iter().position(|byte| !b" \t\x0c".contains(byte)).map(|n| &line[n..]);
        match text {
            None => {}
            Some(comment) if comment[0] == b'#' => {
                if let Some(name) = codec_name(comment) {
                    return Some(name);
                }
            }
            Some(_) => return None,
        }
    }
    None
}

fn codec_name(comment: &[u8]) -> Option<String> {
    let at = comment.windows(7).position(|w| &w[..6] == b"coding" && b":=".contains(&w[6]))?;
    let name: String = comment[at + 7..]
        .iter()
        .skip_while(|byte| b" \t".contains(byte))
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        .map(|&byte| char::from(byte.to_ascii_lowercase()))
        .map(|c| if c == '_' { '-' } else { c })
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The lines of a text without their ends, cut where Python cuts them: at `\n`, `\r\n` and `\r`, and
/// nowhere else (a form feed does not end a line).
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = &rest[..end];
        let skip = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = rest.get(end + skip..).unwrap_or("");
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coding_line_decides() {
        let text = |bytes| match decode(bytes) {
            Decoded::Text(text) => text.into_owned(),
            Decoded::Codec(name) => format!("<{name}>"),
        };
        assert_eq!(text("x = 'ä'".as_bytes()), "x = 'ä'");
        assert_eq!(
            text(b"# -*- coding: latin-1 -*-\nx = '\xe4'"),
            "# -*- coding: latin-1 -*-\nx = 'ä'"
        );
        assert_eq!(text(b"#!/usr/bin/python\n# vim: fileencoding=Shift_JIS\n"), "<shift-jis>");
        assert_eq!(text(b"x = 1\n# coding: cp1252\n"), "x = 1\n# coding: cp1252\n");
        assert_eq!(text(b"\xef\xbb\xbfx = 1"), "x = 1");
        assert_eq!(text(b"x = '\xff'"), "x = '\u{fffd}'");
    }

    #[test]
    fn only_line_ends_end_lines() {
        let cut = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(cut("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(cut("a\x0cb\x0b\u{2028}c\n\n"), ["a\x0cb\x0b\u{2028}c", ""]);
        assert_eq!(cut(""), Vec::<&str>::new());
    }
}
