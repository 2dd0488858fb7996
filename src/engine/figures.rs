//! What is known of profiled code: functions, code objects, and the figures of each line.

use super::Engine;
use crate::profile::Kind;

/// Index of a [`Function`]: the order of registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Index of a [`Code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeId(pub u32);

/// A profiled function: a range of lines and the calls of its code.
#[derive(Debug, Clone)]
pub struct Function {
    /// `co_filename`.
    pub file: String,
    /// `co_qualname`.
    pub name: String,
    /// What kind of code it is.
    pub kind: Kind,
    /// Line of the decorator or `def`.
    pub first_line: u32,
    /// First line of its range.
    pub(super) start: u32,
    /// Index of that line.
    pub(super) base: u32,
    /// Lines in its range.
    pub(super) len: u32,
    pub(super) calls: u64,
    pub(super) entry_first: i64,
    pub(super) entry_max: i64,
    /// Running activations of its own code.
    pub(super) depth: u32,
    /// Whether a code was added.
    has_code: bool,
}

impl Function {
    pub(super) fn called(&mut self, now: i64) {
        if self.calls == 0 {
            (self.entry_first, self.entry_max) = (now, now);
        }
        self.calls += 1;
        self.entry_max = self.entry_max.max(now);
    }
}

/// How the frames of a code object are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    /// The code that was registered, or a function defined in it.
    Function,
    /// A module or class body: runs from its first line event on.
    Body,
    /// A lambda or generator expression: part of the statement it stands in.
    Expression,
    /// A comprehension that is a frame of its own (before 3.12): its lines are the frame's around it.
    Inlined,
    /// Code with a `with profile:` block: counts only in frames inside one.
    Block,
}

/// A code object of a function: the function's own, or one nested in it.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// The function whose lines it counts on.
    pub function: FunctionId,
    /// How its frames are counted.
    pub kind: CodeKind,
    /// Whether it is the code the function was registered with.
    top: bool,
    /// `co_firstlineno`.
    pub(super) first_line: u32,
    start: u32,
    base: u32,
    len: u32,
}

impl Code {
    /// Index of the line with this number; `None` outside the function's range.
    #[inline]
    pub(super) fn line(&self, number: u32) -> Option<usize> {
        let offset = number.wrapping_sub(self.start);
        (offset < self.len).then(|| (self.base + offset) as usize)
    }

    /// Index of the line a call opens.
    #[inline]
    pub(super) fn opening(&self) -> Option<usize> {
        match self.kind {
            CodeKind::Function | CodeKind::Expression | CodeKind::Inlined => {
                self.line(self.first_line)
            }
            CodeKind::Body | CodeKind::Block => None,
        }
    }

    /// Whether the function was registered with this code.
    #[inline]
    pub fn is_top(&self) -> bool {
        self.top
    }
}

/// Where a line stands in its statement, by line numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// First line of the statement.
    pub first: u32,
    /// Last line of the body, for the header of a `with`; else 0.
    pub with_end: u32,
}

/// The figures of one line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Statement executions.
    pub(super) occurrences: u64,
    pub(super) increment: i64,
    pub(super) own: i64,
    pub(super) usage: i64,
    pub(super) peak: i64,
    /// Index of the first line of its statement.
    pub(super) statement: usize,
    /// Index of the last line of the `with` block it heads; 0 for other lines.
    pub(super) with_end: usize,
    /// When its first visit ended, among those of its thread; 0 before that.
    pub(super) order: u32,
    pub(super) shared: bool,
}

impl Line {
    /// Whether a visit has ended.
    pub(super) fn visited(&self) -> bool {
        self.order != 0
    }

    fn new(statement: usize, with_end: usize) -> Self {
        Self {
            occurrences: 0,
            increment: 0,
            own: 0,
            usage: i64::MIN,
            peak: i64::MIN,
            statement,
            with_end,
            order: 0,
            shared: false,
        }
    }
}

impl Engine {
    /// Adds a function with the lines `start..=end`, cut into statements by `statement`.
    pub fn add_function(
        &mut self,
        file: &str,
        name: &str,
        kind: Kind,
        first_line: u32,
        (start, end): (u32, u32),
        statement: impl Fn(u32) -> Option<Statement>,
    ) -> FunctionId {
        let base = self.lines.len();
        let len = end.max(start) - start + 1;
        let index = |number: u32| base + (number.clamp(start, end) - start) as usize;
        self.lines.extend((start..start + len).map(|number| match statement(number) {
            Some(own) if own.with_end != 0 => Line::new(index(own.first), index(own.with_end)),
            Some(own) => Line::new(index(own.first), 0),
            None => Line::new(index(number), 0),
        }));
        self.functions.push(Function {
            file: file.to_owned(),
            name: name.to_owned(),
            kind,
            first_line,
            start,
            base: narrow(base),
            len,
            calls: 0,
            entry_first: 0,
            entry_max: 0,
            depth: 0,
            has_code: false,
        });
        FunctionId(narrow(self.functions.len() - 1))
    }

    /// Adds a code object to a function. The first one is the function's own.
    pub fn add_code(&mut self, function: FunctionId, kind: CodeKind, first_line: u32) -> CodeId {
        let owner = &mut self.functions[function.0 as usize];
        let top = !std::mem::replace(&mut owner.has_code, true);
        self.codes.push(Code {
            function,
            kind,
            top,
            first_line,
            start: owner.start,
            base: owner.base,
            len: owner.len,
        });
        CodeId(narrow(self.codes.len() - 1))
    }

    /// The code object `code`.
    pub fn code(&self, code: CodeId) -> Code {
        self.codes[code.0 as usize]
    }

    /// The code objects of a function.
    pub fn codes_of(&self, function: FunctionId) -> impl Iterator<Item = CodeId> {
        let numbered = (0..).map(CodeId).zip(&self.codes);
        numbered.filter(move |(_, code)| code.function == function).map(|(id, _)| id)
    }

    /// Number of functions.
    pub fn functions(&self) -> usize {
        self.functions.len()
    }

    /// Forgets the figures of one function, or of all.
    pub fn reset(&mut self, function: Option<FunctionId>) {
        let which = match function {
            Some(FunctionId(n)) => n as usize..n as usize + 1,
            None => 0..self.functions.len(),
        };
        for function in &mut self.functions[which] {
            (function.calls, function.entry_first, function.entry_max) = (0, 0, 0);
            let base = function.base as usize;
            for line in &mut self.lines[base..base + function.len as usize] {
                *line = Line::new(line.statement, line.with_end);
            }
        }
    }

    /// Bytes the tables hold.
    pub fn table_bytes(&self) -> usize {
        let threads: usize = self.threads.iter().map(super::Thread::bytes).sum();
        size_of::<Line>() * self.lines.capacity()
            + size_of::<Code>() * self.codes.capacity()
            + size_of::<Function>() * self.functions.capacity()
            + threads
    }
}

/// Tables of four thousand million lines do not exist.
fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
