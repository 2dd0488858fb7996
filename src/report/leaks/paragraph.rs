//! Words and names that make up a paragraph, and how it is broken into lines.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::super::visible::visible;
use super::super::{Options, markdown};
use crate::profile::Place;
use crate::units::count;

/// A blank at which no line ends: `19.1 MiB` stays together. It is an ordinary one in the output.
const TIE: char = '\u{a0}';
/// What lines after the first begin with.
const INDENT: &str = "  ";

/// A text in which names from the program are told from our own words.
#[derive(Debug)]
pub struct Paragraph<'a> {
    pieces: Vec<(Kind, String)>,
    options: &'a Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Words,
    Name,
}

impl<'a> Paragraph<'a> {
    /// One without words.
    pub fn new(options: &'a Options) -> Self {
        Self { pieces: Vec::new(), options }
    }

    /// What the reader has chosen.
    pub fn options(&self) -> &'a Options {
        self.options
    }

    /// Adds words of our own.
    pub fn say(&mut self, words: impl AsRef<str>) -> &mut Self {
        match self.pieces.last_mut() {
            Some((Kind::Words, text)) => text.push_str(words.as_ref()),
            _ => self.pieces.push((Kind::Words, words.as_ref().to_owned())),
        }
        self
    }

    /// Adds a name or an expression of the program.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.pieces.push((Kind::Name, visible(name).into_owned()));
        self
    }

    /// Adds `19.1 MiB`.
    pub fn bytes(&mut self, bytes: u64) -> &mut Self {
        let shown = show(bytes, self.options).replace(' ', &TIE.to_string());
        self.say(shown)
    }

    /// Adds `200 × Handler`.
    pub fn times(&mut self, number: u64, kind: &str) -> &mut Self {
        let sign = if self.options.ascii { 'x' } else { '×' };
        self.say(format!("{}{TIE}{sign}{TIE}", count(number))).name(kind)
    }

    /// Adds `app.py:6 (register)`.
    pub fn place(&mut self, place: &Place) -> &mut Self {
        self.line(place);
        if !matches!(&*place.function, "" | "<module>") {
            self.say(" (").name(&place.function).say(")");
        }
        self
    }

    /// Adds `app.py:6`.
    pub fn line(&mut self, place: &Place) -> &mut Self {
        self.name(&line(place))
    }

    /// The text in one line.
    pub fn plain(&self) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| &**text).collect();
        text.replace(TIE, " ")
    }

    /// The text for a Markdown document, in one line: names are code.
    pub fn markdown(&self) -> String {
        let text: String = self
            .pieces
            .iter()
            .map(|(kind, text)| match kind {
                Kind::Words => text.clone(),
                Kind::Name => markdown::span(text),
            })
            .collect();
        text.replace(TIE, " ")
    }

    /// The text for a page: a string for each stretch of words, an array with a string for a name.
    pub fn pieces(&self) -> Value {
        let piece = |(kind, text): &(Kind, String)| {
            let text = text.replace(TIE, " ");
            if *kind == Kind::Name { json!([text]) } else { json!(text) }
        };
        self.pieces.iter().map(piece).collect()
    }

    /// The text in lines of the width there is. A longer word stands alone: it is not cut.
    pub fn wrapped(&self) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| &**text).collect();
        fill(&text, self.options.width, INDENT).replace(TIE, " ")
    }
}

/// Bytes as the reader wants them: in a unit of their size unless one was chosen.
pub fn show(bytes: u64, options: &Options) -> String {
    options.heap_unit.show(i64::try_from(bytes).unwrap_or(i64::MAX), options.precision)
}

/// A line of code: `app.py:6`; only its file where it has no number.
pub fn line(place: &Place) -> String {
    match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    }
}

/// Breaks a text into lines of a width, all but the first indented.
pub fn fill(text: &str, width: usize, indent: &str) -> String {
    let mut filled = String::with_capacity(text.len() + text.len() / 16);
    let mut column = 0;
    for word in text.split(' ') {
        let size = word.width();
        if column > 0 {
            if column + 1 + size > width {
                filled.push('\n');
                filled.push_str(indent);
                column = indent.width();
            } else {
                filled.push(' ');
                column += 1;
            }
        }
        filled.push_str(word);
        column += size;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_no_word_is_cut() {
        assert_eq!(fill("one two three", 8, "  "), "one two\n  three");
        assert_eq!(fill("a incomprehensible b", 6, "  "), "a\n  incomprehensible\n  b");
        assert_eq!(fill("漢字漢 漢字", 8, ""), "漢字漢\n漢字");
        assert_eq!(fill("", 8, "  "), "");
    }

    #[test]
    fn a_figure_stays_with_its_unit_and_names_are_code_in_documents() {
        let options = Options { width: 9, ..Options::default() };
        let mut text = Paragraph::new(&options);
        text.say("It is ").bytes(1 << 20).say(" of ").name("a`|b\x1b").say(".");
        assert_eq!(text.wrapped(), "It is\n  1.0 MiB\n  of\n  a`|b␛.");
        assert_eq!(text.plain(), "It is 1.0 MiB of a`|b␛.");
        assert_eq!(text.markdown(), "It is 1.0 MiB of ``a`|b␛``.");
        assert_eq!(text.pieces(), json!(["It is 1.0 MiB of ", ["a`|b␛"], "."]));
    }

    #[test]
    fn a_place_names_its_function_unless_that_is_the_module() {
        let options = Options::default();
        let of = |function: &str, line| {
            let place =
                Place { file: "a.py".into(), function: function.into(), first_line: 1, line };
            Paragraph::new(&options).place(&place).plain()
        };
        assert_eq!(
            [of("f", 3), of("<module>", 3), of("f", 0)],
            ["a.py:3 (f)", "a.py:3", "a.py (f)"]
        );
    }
}
