//! What is known of profiled code: functions, code objects, and the figures of each line.

use super::twins::Twin;
use super::{Engine, Line};
use crate::profile::Kind;

/// Index of a [`Function`]: the order of registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Its code objects lie together: the first of them, and how many.
    pub(super) codes: (u32, u32),
    /// Whether it is profiled only for those who open windows on it. Others' calls do not count.
    pub(super) foreign: bool,
    /// The function itself, or for a twin the one it is a twin of.
    pub(super) whole: FunctionId,
    /// Records of threads that want their own figures, by the number of the thread.
    pub(super) twins: Vec<Option<Twin>>,
    pub(super) calls: u64,
    pub(super) entry_first: i64,
    pub(super) entry_max: i64,
    /// Running activations of its own code.
    pub(super) depth: u32,
}

/// What is said of a function when it is added.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a> {
    /// `co_filename`.
    pub file: &'a str,
    /// `co_qualname`.
    pub name: &'a str,
    /// What kind of code it is.
    pub kind: Kind,
    /// Line of the decorator or `def`.
    pub first_line: u32,
    /// First and last line of its range.
    pub range: (u32, u32),
    /// Whether it is profiled only for those who open windows on it.
    pub foreign: bool,
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
    pub(super) top: bool,
    /// Whether the record to count on depends on the thread.
    pub(super) by_thread: bool,
    /// `co_firstlineno`.
    pub(super) first_line: u32,
    pub(super) start: u32,
    pub(super) base: u32,
    pub(super) len: u32,
}

impl Code {
    /// No code at all: what a place in the table holds before and after its time.
    pub(super) const NONE: Self = Self {
        function: FunctionId(0),
        kind: CodeKind::Function,
        top: false,
        by_thread: false,
        first_line: 0,
        start: 0,
        base: 0,
        len: 0,
    };

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

impl Engine {
    /// Adds a function, cut into statements by `statement`.
    pub fn add_function(
        &mut self,
        own: &Description<'_>,
        statement: impl Fn(u32) -> Option<Statement>,
    ) -> FunctionId {
        let (start, end) = own.range;
        let len = end.max(start) - start + 1;
        let base = self.room_for_lines(len);
        let index = |number: u32| (base + (number.clamp(start, end) - start)) as usize;
        for number in start..start + len {
            let line = match statement(number) {
                Some(own) if own.with_end != 0 => Line::new(index(own.first), index(own.with_end)),
                Some(own) => Line::new(index(own.first), 0),
                None => Line::new(index(number), 0),
            };
            self.lines.place(index(number), line);
        }
        let function = Function {
            file: own.file.to_owned(),
            name: own.name.to_owned(),
            kind: own.kind,
            first_line: own.first_line,
            start,
            base,
            len,
            codes: (0, 0),
            foreign: own.foreign,
            whole: FunctionId(0),
            twins: Vec::new(),
            calls: 0,
            entry_first: 0,
            entry_max: 0,
            depth: 0,
        };
        self.foreign += usize::from(own.foreign);
        let id = self.place(function);
        self.functions[id.0 as usize].whole = id;
        if !own.foreign {
            self.own_blocks(id);
        }
        id
    }

    /// Adds the code objects of a function, by kind and `co_firstlineno`; the number of the first,
    /// which is the function's own. The others follow it.
    pub fn add_codes(&mut self, function: FunctionId, codes: &[(CodeKind, u32)]) -> CodeId {
        let count = narrow(codes.len());
        let first = self.room_for_codes(count);
        let owner = &mut self.functions[function.0 as usize];
        owner.codes = (first, count);
        for (number, &(kind, first_line)) in (first..).zip(codes) {
            self.codes[number as usize] = Code {
                function,
                kind,
                top: number == first,
                by_thread: owner.foreign,
                first_line,
                start: owner.start,
                base: owner.base,
                len: owner.len,
            };
        }
        CodeId(first)
    }

    /// A place for a function. The number of one that is gone is used again only where the order of
    /// registration, which is that of a report, does not count.
    pub(super) fn place(&mut self, function: Function) -> FunctionId {
        if function.foreign
            && let Some(id) = self.free_functions.pop()
        {
            self.functions[id.0 as usize] = function;
            return id;
        }
        self.functions.push(function);
        FunctionId(narrow(self.functions.len() - 1))
    }

    pub(super) fn room_for_lines(&mut self, len: u32) -> u32 {
        self.free_lines.take(len).unwrap_or_else(|| narrow(self.lines.add(len as usize)))
    }

    pub(super) fn room_for_codes(&mut self, count: u32) -> u32 {
        self.free_codes.take(count).unwrap_or_else(|| {
            let first = self.codes.len();
            self.codes.resize(first + count as usize, Code::NONE);
            narrow(first)
        })
    }

    /// The code object `code`.
    pub fn code(&self, code: CodeId) -> Code {
        self.codes[code.0 as usize]
    }

    /// The code objects of a function.
    pub fn codes_of(&self, function: FunctionId) -> impl Iterator<Item = CodeId> + use<> {
        let (first, count) = self.functions[function.0 as usize].codes;
        (first..first + count).map(CodeId)
    }

    /// Whether a function is profiled only for those who open windows on it.
    pub fn is_foreign(&self, function: FunctionId) -> bool {
        self.functions[function.0 as usize].foreign
    }

    /// The functions that are profiled for everybody.
    pub fn all(&self) -> impl Iterator<Item = FunctionId> {
        let numbered = (0..).map(FunctionId).zip(&self.functions);
        numbered.filter(|(_, own)| !own.foreign).map(|(id, _)| id)
    }

    /// The functions that are profiled only in windows.
    pub fn foreign(&self) -> impl Iterator<Item = FunctionId> {
        let numbered = (0..).map(FunctionId).zip(&self.functions);
        numbered
            .filter(|&(id, own)| own.foreign && own.whole == id && own.codes.1 > 0)
            .map(|(id, _)| id)
    }

    /// Number of those.
    pub fn foreign_count(&self) -> usize {
        self.foreign
    }

    /// Counts all calls of a function from now on; whether it was foreign.
    pub fn adopt(&mut self, function: FunctionId) -> bool {
        let own = &mut self.functions[function.0 as usize];
        let was_foreign = std::mem::take(&mut own.foreign);
        self.foreign -= usize::from(was_foreign);
        if was_foreign {
            self.own_blocks(function);
        }
        was_foreign
    }

    /// Number of functions, of the highest number ever given.
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
            (base..base + function.len as usize).for_each(|line| self.lines.clear(line));
        }
    }

    /// Bytes the tables hold.
    pub fn table_bytes(&self) -> usize {
        let threads: usize = self.threads.iter().map(super::Thread::bytes).sum();
        let free = size_of::<FunctionId>() * self.free_functions.capacity();
        self.lines.bytes()
            + free
            + self.free_lines.bytes()
            + self.free_codes.bytes()
            + size_of::<Code>() * self.codes.capacity()
            + size_of::<Function>() * self.functions.capacity()
            + threads
    }
}

/// Tables of four thousand million lines do not exist.
pub(super) fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
