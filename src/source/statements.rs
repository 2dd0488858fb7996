//! Which statement a physical line belongs to.

use super::decode::lines;
use super::lexer::Lexer;

/// A simple statement, or the header of a compound one with its decorators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First physical line, from 1.
    pub first: u32,
    /// Last physical line.
    pub last: u32,
    /// For the header of a `with`: the last line of its body; else 0.
    ///
    /// The interpreter comes back to the header to leave the block, which is no new execution.
    pub with_end: u32,
    /// Column of its first character (tabs to the next multiple of eight).
    indent: u32,
}

/// The statements of a source file in order.
#[derive(Debug, Clone, Default)]
pub struct Statements {
    spans: Vec<Span>,
}

impl Statements {
    /// Cuts a source text. Any text is cut, valid Python or not.
    pub fn of(text: &str) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        let mut withs: Vec<usize> = Vec::new();
        let mut lexer = Lexer::default();
        let mut goes_on = false;
        let mut decorated = false;
        for (number, line) in (1..).zip(lines(text)) {
            let code = line.trim_start_matches([' ', '\t', '\x0c']);
            if goes_on {
                if let Some(span) = spans.last_mut() {
                    span.last = number;
                }
            } else if code.is_empty() || code.starts_with('#') {
                continue;
            } else {
                let indent = width(&line[..line.len() - code.len()]);
                close(&mut spans, &mut withs, indent);
                // The line of a `def` belongs to the decorators above it.
                if !decorated {
                    if is_with(code) {
                        withs.push(spans.len());
                    }
                    spans.push(Span { first: number, last: number, with_end: 0, indent });
                } else if let Some(span) = spans.last_mut() {
                    span.last = number;
                }
                decorated = code.starts_with('@');
            }
            goes_on = lexer.line(line.as_bytes());
        }
        close(&mut spans, &mut withs, 0);
        Self { spans }
    }

    /// All statements in order.
    pub fn iter(&self) -> impl Iterator<Item = Span> {
        self.spans.iter().copied()
    }

    /// The statement that line `line` is part of.
    pub fn at(&self, line: u32) -> Option<Span> {
        let after = self.spans.partition_point(|span| span.first <= line);
        self.spans[..after].last().copied().filter(|span| line <= span.last)
    }

    /// The last line of the block whose header stands at `line`: of a function or class with its
    /// body, of a simple statement itself.
    pub fn block_end(&self, line: u32) -> u32 {
        let header = self.spans.partition_point(|span| span.last < line);
        let Some(head) = self.spans.get(header) else { return line };
        self.spans[header + 1..]
            .iter()
            .take_while(|span| span.indent > head.indent)
            .last()
            .map_or(head.last, |span| span.last)
    }
}

/// Ends the `with` blocks that a statement at `indent` is outside of.
fn close(spans: &mut [Span], withs: &mut Vec<usize>, indent: u32) {
    let last = spans.last().map_or(0, |span| span.last);
    while let Some(&at) = withs.last().filter(|&&at| spans[at].indent >= indent) {
        // A body on the header's own line leaves nothing to come back from.
        spans[at].with_end = if last > spans[at].last { last } else { 0 };
        withs.pop();
    }
}

fn is_with(code: &str) -> bool {
    let code = code.strip_prefix("async").map_or(code, str::trim_start);
    code.strip_prefix("with").is_some_and(|rest| rest.starts_with([' ', '\t', '(', '\\', '\x0c']))
}

fn width(blank: &str) -> u32 {
    blank.chars().fold(0, |column, c| match c {
        '\t' => column / 8 * 8 + 8,
        '\x0c' => 0,
        _ => column + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<(u32, u32, u32)> {
        Statements::of(text).spans.iter().map(|s| (s.first, s.last, s.with_end)).collect()
    }

    #[test]
    fn a_call_over_four_lines_is_one_statement() {
        assert_eq!(spans("x = f(\n  1,\n  2,\n)\ny = 2\n"), [(1, 4, 0), (5, 5, 0)]);
    }

    #[test]
    fn decorators_belong_to_the_def() {
        assert_eq!(spans("@a\n@b(\n  1)\ndef f():\n    pass\n"), [(1, 4, 0), (5, 5, 0)]);
    }

    #[test]
    fn a_with_knows_where_its_body_ends() {
        let text = "with a:\n    async with b:\n        x\n    y\n\n# c\nz\n";
        assert_eq!(spans(text), [(1, 1, 4), (2, 2, 3), (3, 3, 0), (4, 4, 0), (7, 7, 0)]);
        assert_eq!(spans("with a: x\nwithout = 1\n"), [(1, 1, 0), (2, 2, 0)]);
    }

    #[test]
    fn comments_and_blank_lines_belong_to_nothing() {
        let statements = Statements::of("a\n\n# b\nc\n");
        assert_eq!(statements.at(2), None);
        assert_eq!(statements.at(3), None);
        assert_eq!(statements.at(4).map(|s| s.first), Some(4));
        assert_eq!(statements.at(9), None);
    }

    #[test]
    fn a_block_ends_before_the_next_line_of_its_indent() {
        let text = "@d\ndef f(\n    x,\n):\n    a\n\n    b(\n)\n# tail\nc\n";
        assert_eq!(Statements::of(text).block_end(1), 8);
        assert_eq!(Statements::of(text).block_end(10), 10);
        assert_eq!(Statements::of("def f(): pass\nx\n").block_end(1), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_cut_into_ordered_spans(text in "[-a-z@#:(){}\\[\\]'\"\\\\ \t\n\r\x0c]{0,200}") {
            let spans = Statements::of(&text).spans;
            for pair in spans.windows(2) {
                proptest::prop_assert!(pair[0].first <= pair[0].last && pair[0].last < pair[1].first);
            }
        }
    }
}
