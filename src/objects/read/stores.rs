//! Which lines of a function set a variable or an attribute.
//!
//! Its instructions are read as they stand in memory, where the interpreter writes other ones over
//! them as it runs: specialised ones, and those that call tools that monitor.

use pyo3::ffi;

use super::live::Live;
use super::{functions, opcodes, text};
use crate::heap::layout;

/// What is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store<'a> {
    /// A global variable: in a function by `global`, in the code of a module by any binding. In the code
    /// of a class it is an attribute of the class.
    Global(&'a str),
    /// An attribute of any object.
    Attribute(&'a str),
    /// A variable that a closure keeps.
    Cell(&'a str),
}

/// The lines on which code sets something, in order. A variable of a closure that is an argument and
/// never set again is set on the first line of the function.
pub fn stores(code: Live<'_>, what: Store<'_>) -> Vec<u32> {
    let mut lines = Vec::new();
    let mut makes = false;
    let (Store::Global(name) | Store::Attribute(name) | Store::Cell(name)) = what;
    let is_name = |names: &[Option<Live<'_>>], number: usize| {
        names.get(number).copied().flatten().is_some_and(|found| text::is(found, name))
    };
    instructions(code, |at, opcode, argument| {
        let names = match what {
            Store::Global(_) if [opcodes::STORE_GLOBAL, opcodes::STORE_NAME].contains(&opcode) => {
                functions::names(code)
            }
            Store::Attribute(_) if opcodes::STORE_ATTR.contains(&opcode) => functions::names(code),
            Store::Cell(_) if opcode == opcodes::STORE_DEREF => functions::variables(code),
            Store::Cell(_) if opcode == opcodes::MAKE_CELL => {
                makes |= is_name(functions::variables(code), argument);
                return;
            }
            _ => return,
        };
        if is_name(names, argument) {
            lines.extend(line_at(code, at));
        }
    });
    if lines.is_empty() && makes {
        lines.extend(functions::place_of_code(code).map(|place| place.first_line));
    }
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// The line of the instruction at a unit.
fn line_at(code: Live<'_>, unit: usize) -> Option<u32> {
    let offset = i32::try_from(unit * layout::UNIT).ok()?;
    // SAFETY: it is a code object, and the offset is in it.
    let line = unsafe { ffi::PyCode_Addr2Line(code.pointer().cast(), offset) };
    u32::try_from(line).ok().filter(|line| *line > 0)
}

/// Calls back with each instruction, as the compiler made it but for specialisation: its unit, what it
/// does, and its argument.
fn instructions(code: Live<'_>, mut each: impl FnMut(usize, u8, usize)) {
    if functions::place_of_code(code).is_none() {
        return;
    }
    // SAFETY: it is a code object, which ends in as many units of two bytes.
    let units = unsafe {
        let start = code.pointer().cast::<u8>().cast_const().add(layout::START);
        std::slice::from_raw_parts(start.cast::<[u8; 2]>(), code.length())
    };
    let (mut at, mut argument) = (0, 0);
    while let Some(&[opcode, low]) = units.get(at) {
        let opcode = original(code, at, opcode);
        argument = argument << 8 | usize::from(low);
        if !opcodes::EXTENDED_ARG.contains(&opcode) {
            each(at, opcode, argument);
            argument = 0;
        }
        at += 1 + usize::from(opcodes::CACHES[usize::from(opcode)]);
    }
}

/// What an instruction is that tools have another one in place of.
#[cfg(Py_3_12)]
fn original(code: Live<'_>, at: usize, mut opcode: u8) -> u8 {
    /// Where `_co_monitoring` of a code object is; two fields before its instructions begin.
    const MONITORING: isize = (layout::FIRST_TRACEABLE - size_of::<usize>()).cast_signed();
    if opcode < opcodes::INSTRUMENTED_INSTRUCTION {
        return opcode;
    }
    // SAFETY: code that has such instructions has these tables: of lines two bytes for each unit, of
    // which the first is the instruction, of instructions one.
    unsafe {
        let monitoring = code.read::<*const u8>(MONITORING);
        let table = |offset: usize| monitoring.add(offset).cast::<*const u8>().read();
        if opcode == opcodes::INSTRUMENTED_LINE {
            opcode = *table(opcodes::LINES).add(2 * at);
        }
        if opcode == opcodes::INSTRUMENTED_INSTRUCTION {
            opcode = *table(opcodes::LINES + 2 * size_of::<usize>()).add(at);
        }
    }
    opcode
}

#[cfg(not(Py_3_12))]
fn original(_code: Live<'_>, _at: usize, opcode: u8) -> u8 {
    opcode
}
