//! Keys as they are printed. Only objects of exactly these types are: numbers, strings, bytes, `None`
//! and tuples of them; of types their name; of all others the name of their type.

use std::ffi::{c_int, c_longlong};
use std::fmt::Write;

use pyo3::ffi;

use crate::objects::read::live::Live;
use crate::objects::read::text;

/// Characters of the longest key.
const LONGEST: usize = 40;
/// Tuples in tuples.
const DEEPEST: usize = 3;

/// A key as it is printed, cut to 40 characters.
pub fn shown(key: Live<'_>) -> String {
    let mut shown = Text { text: String::new() };
    shown.add(key, 0);
    text::shortened(shown.text.chars(), LONGEST)
}

/// A string key, if an attribute may have that name.
pub fn as_identifier(key: Live<'_>) -> Option<String> {
    let name = key.is(&raw const ffi::PyUnicode_Type).then(|| text::name(Some(key)))?;
    let first = name.chars().next()?;
    let is_name =
        !first.is_numeric() && name.chars().all(|one| one == '_' || one.is_alphanumeric());
    is_name.then_some(name)
}

struct Text {
    text: String,
}

impl Text {
    fn is_full(&self) -> bool {
        self.text.len() > 4 * LONGEST
    }

    fn add(&mut self, key: Live<'_>, depth: usize) {
        let pointer = key.pointer();
        if key.is(&raw const ffi::PyUnicode_Type) {
            self.quote(&text::string(key, LONGEST).unwrap_or_default());
        } else if key.is(&raw const ffi::PyLong_Type) {
            let mut overflow: c_int = 0;
            // SAFETY: it is an int, so no method of a class is asked.
            let number: c_longlong =
                unsafe { ffi::PyLong_AsLongLongAndOverflow(pointer, &raw mut overflow) };
            if overflow == 0 { self.write(number) } else { self.write("<int key>") }
        } else if key.is(&raw const ffi::PyFloat_Type) {
            // SAFETY: it is a float.
            self.float(unsafe { ffi::PyFloat_AS_DOUBLE(pointer) });
        } else if key.is(&raw const ffi::PyBytes_Type) {
            // SAFETY: it is a bytes object, of so many bytes.
            let bytes = unsafe {
                let data = ffi::PyBytes_AS_STRING(pointer).cast::<u8>();
                std::slice::from_raw_parts(data, key.length().min(LONGEST))
            };
            self.write('b');
            self.quote_bytes(bytes);
        } else if key.is(&raw const ffi::PyBool_Type) {
            // SAFETY: there is one such object.
            self.write(if pointer == unsafe { ffi::Py_True() } { "True" } else { "False" });
        // SAFETY: as above.
        } else if pointer == unsafe { ffi::Py_None() } {
            self.write("None");
        } else if key.is(&raw const ffi::PyTuple_Type) && depth < DEEPEST {
            self.tuple(key.elements().unwrap_or_default(), depth);
        } else if let Some(kind) = key.as_type() {
            self.write(text::type_name(kind));
        } else {
            self.write(format_args!("<{} key>", text::type_name(key.kind())));
        }
    }

    fn tuple(&mut self, items: &[Option<Live<'_>>], depth: usize) {
        self.write('(');
        for (at, item) in items.iter().enumerate() {
            if self.is_full() {
                return;
            }
            if at > 0 {
                self.write(", ");
            }
            if let Some(item) = item {
                self.add(*item, depth + 1);
            }
        }
        self.write(if items.len() == 1 { ",)" } else { ")" });
    }

    /// As Python writes it: an exponent has a sign and two digits.
    fn float(&mut self, value: f64) {
        let shown = if value.is_nan() { "nan".to_owned() } else { format!("{value:?}") };
        match shown.split_once('e') {
            None => self.write(shown),
            Some((digits, exponent)) => {
                let (sign, exponent) = match exponent.strip_prefix('-') {
                    Some(exponent) => ('-', exponent),
                    None => ('+', exponent),
                };
                self.write(format_args!("{}e{sign}{exponent:0>2}", digits.trim_end_matches(".0")));
            }
        }
    }

    fn quote(&mut self, text: &str) {
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        self.write(quote);
        for one in text.chars() {
            self.character(one, quote);
        }
        self.write(quote);
    }

    fn quote_bytes(&mut self, bytes: &[u8]) {
        self.write('\'');
        for &byte in bytes {
            if byte.is_ascii() {
                self.character(byte.into(), '\'');
            } else {
                self.write(format_args!("\\x{byte:02x}"));
            }
        }
        self.write('\'');
    }

    fn character(&mut self, one: char, quote: char) {
        match one {
            '\n' => self.write("\\n"),
            '\t' => self.write("\\t"),
            '\r' => self.write("\\r"),
            '\\' => self.write("\\\\"),
            _ if one == quote => self.write(format_args!("\\{quote}")),
            _ if one.is_control() => self.write(format_args!("\\x{:02x}", u32::from(one))),
            _ => self.write(one),
        }
    }

    fn write(&mut self, part: impl std::fmt::Display) {
        // Writing to a string does not fail.
        let _ = write!(self.text, "{part}");
    }
}
