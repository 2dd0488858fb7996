//! Where a logical line of Python goes on over the end of a physical one.
//!
//! A logical line is a simple statement or the header of a compound one (Python Language Reference,
//! 2.1). It goes on inside brackets and triple-quoted strings and after a backslash. Nothing else of
//! the grammar matters here, so the lexer is no more than a stack of what is open.

/// What is open at a point in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`, `[` or `{`.
    Bracket,
    /// The text part of a string.
    Text { quote: u8, triple: bool, formatted: bool, raw: bool },
    /// The expression of a replacement field of a formatted string.
    Field,
    /// Its format specification, after the colon.
    Spec,
}

/// The state of the lexer between two physical lines.
#[derive(Debug, Default)]
pub(super) struct Lexer {
    open: Vec<Open>,
}

impl Lexer {
    /// Reads one physical line (without its end); true when the logical line goes on in the next.
    pub(super) fn line(&mut self, line: &[u8]) -> bool {
        let mut at = 0;
        while at < line.len() {
            at += match self.open.last().copied() {
                Some(Open::Text { formatted: true, raw, .. }) if line[at] == b'\\' => {
                    escape(&line[at..], raw)
                }
                Some(Open::Text { quote, triple, formatted, .. }) => {
                    self.text(&line[at..], quote, triple, formatted)
                }
                Some(Open::Spec) => self.spec(line[at]),
                _ if line[at] == b'#' => break,
                _ if line[at] == b'\\' && at + 1 == line.len() => return true,
                _ => self.code(line, at),
            };
        }
        // An unfinished one-line string goes on only after a backslash; anything else is a syntax
        // error that must not swallow the file.
        if !line.ends_with(b"\\") {
            while matches!(self.open.last(), Some(Open::Text { triple: false, .. })) {
                self.open.pop();
            }
        }
        !self.open.is_empty()
    }

    /// A byte (or a quote) of code at `at`; how many bytes were read.
    fn code(&mut self, line: &[u8], at: usize) -> usize {
        match line[at] {
            b'(' | b'[' | b'{' => self.open.push(Open::Bracket),
            b')' | b']' | b'}' => {
                self.open.pop();
            }
            b':' if self.open.last() == Some(&Open::Field) => {
                self.open.pop();
                self.open.push(Open::Spec);
            }
            quote @ (b'"' | b'\'') => {
                let triple = line[at..].starts_with(&[quote; 3]);
                let has = |letters: &[u8]| prefix(&line[..at]).any(|byte| letters.contains(byte));
                let (formatted, raw) = (has(b"fFtT"), has(b"rR"));
                self.open.push(Open::Text { quote, triple, formatted, raw });
                return if triple { 3 } else { 1 };
            }
            _ => {}
        }
        1
    }

    /// The start of a string's text; how many bytes were read.
    fn text(&mut self, text: &[u8], quote: u8, triple: bool, formatted: bool) -> usize {
        match text[0] {
            b'\\' => 2,
            byte if byte == quote && !triple => {
                self.open.pop();
                1
            }
            byte if byte == quote && text.starts_with(&[quote; 3]) => {
                self.open.pop();
                3
            }
            b'{' if formatted && text.starts_with(b"{{") => 2,
            b'{' if formatted => {
                self.open.push(Open::Field);
                1
            }
            _ => 1,
        }
    }

    /// A byte of a format specification.
    fn spec(&mut self, byte: u8) -> usize {
        match byte {
            b'{' => self.open.push(Open::Field),
            b'}' => {
                self.open.pop();
            }
            _ => {}
        }
        1
    }
}

/// A backslash in a formatted string; how many bytes were read. It takes no brace along, but for the
/// name of a character: `\N{DASH}`, which raw strings do not have.
fn escape(text: &[u8], raw: bool) -> usize {
    match text {
        [_, b'N', b'{', ..] if !raw => 3,
        [_, b'{' | b'}', ..] => 1,
        _ => 2,
    }
}

/// The letters of a string prefix right before a quote, last first.
fn prefix(before: &[u8]) -> impl Iterator<Item = &u8> {
    let word = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    // A longer word is a name: `print"…"` is no prefix, and no valid Python either.
    before[before.len() - word..].iter().rev().take(if word <= 2 { word } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each physical line: `+` when the logical line goes on.
    fn check(text: &str) -> String {
        let mut lexer = Lexer::default();
        text.lines().map(|line| if lexer.line(line.as_bytes()) { '+' } else { '.' }).collect()
    }

    #[test]
    fn brackets_go_on() {
        assert_eq!(check("f(\n  [1,\n  2])\nx"), "++..");
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not() {
        assert_eq!(check("a = '('\nb = \"[\" # {\nc = 'it\\'s ('\nd"), "....");
    }

    #[test]
    fn triple_quotes_and_backslashes_go_on() {
        assert_eq!(check("x = '''a\n\"\"\" b'\nc'''\ny"), "++..");
        assert_eq!(check("x = 1 + \\\n  2\ny = 'a\\\nb'\nz"), "+.+..");
    }

    #[test]
    fn replacement_fields_are_code() {
        assert_eq!(check("f'{x:#x}'\nf\"{d[\"k\"]:>{w}}\"\ny"), "...");
        assert_eq!(check("f\"{\n  x(1)\n}\"\ny"), "++..");
        assert_eq!(check("f'''{\n a['}']}\n'''\ny"), "++..");
        assert_eq!(check("f'{{('\ny"), "..");
        assert_eq!(check("rf'{x}\\''\ny"), "..");
        assert_eq!(check("fr'\\{{'\nfr'\\{x}'\nf'\\{x}'\ny"), "....");
        assert_eq!(check("f'\\N{DASH} {x}'\nfr'\\N{x}'\ny"), "...");
    }

    #[test]
    fn an_unfinished_string_does_not_swallow_the_file() {
        assert_eq!(check("x = 'abc\ny = (\n1)\n"), ".+.");
    }
}
