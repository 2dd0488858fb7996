//! The names of sites: from where a thread is to the number of a site.
//!
//! Code that dies and is made anew, as by `eval`, comes to the same site again, because a site is a
//! line (or a stack of lines) and not an address. The keys of code that died are forgotten, so that
//! other code at its address is not taken for it.

use std::collections::HashMap;
use std::sync::Arc;

use super::record::Layer;

/// One frame of a stack, as a thread sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Address of the code object.
    pub code: usize,
    /// Address of the instruction.
    pub instruction: usize,
}

/// A line of code. Texts are UTF-8, with surrogates as three bytes each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the file.
    pub file: Vec<u8>,
    /// Qualified name of the function.
    pub function: Vec<u8>,
    /// First line of the function.
    pub first: u32,
    /// The line, 0 for none.
    pub line: u32,
}

/// A [`Place`] by the numbers of its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// Number of the file's name.
    pub file: u32,
    /// Number of the function's name.
    pub function: u32,
    /// First line of the function.
    pub first: u32,
    /// The line, 0 for none.
    pub line: u32,
}

/// Where the blocks of a site are made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Where {
    /// The line record of the innermost profiled activation, 0 outside of any.
    pub record: u32,
    /// Where the calls come in.
    pub layer: Layer,
    /// Numbers of lines, the innermost first; empty where no Python code runs.
    pub stack: Arc<[u32]>,
}

/// All there is to know of sites but their figures.
#[derive(Debug, Default)]
pub struct Intern {
    keys: HashMap<Arc<[usize]>, u32>,
    /// The keys that a code object occurs in.
    codes: HashMap<usize, Vec<Arc<[usize]>>>,
    texts: HashMap<Arc<[u8]>, u32>,
    text_list: Vec<Arc<[u8]>>,
    lines: HashMap<Line, u32>,
    line_list: Vec<Line>,
    sites: HashMap<Where, u32>,
    site_list: Vec<Where>,
    /// Number of the first in `site_list`.
    base: u32,
    bytes: usize,
}

impl Intern {
    /// The site of a key, which is the line record and the instructions of the frames.
    pub fn known(&self, key: &[usize]) -> Option<u32> {
        self.keys.get(key).copied()
    }

    /// The site of a stack, by what `decode` reads of each frame; `record` has the layer in its upper
    /// bits. A new one gets the next number;
    /// `None` when that is `limit`. Gives the code objects that were not known before to `met`.
    pub fn add(
        &mut self,
        key: &[usize],
        record: u32,
        frames: &[Frame],
        limit: u32,
        decode: impl Fn(&Frame) -> Place,
        mut met: impl FnMut(usize),
    ) -> Option<u32> {
        let stack = frames.iter().map(|frame| self.line(&decode(frame))).collect();
        let (record, layer) = Layer::part(record);
        let at = Where { record, layer, stack };
        let site = match self.sites.get(&at) {
            Some(&site) => site,
            None => self.new_site(at, limit)?,
        };
        let key: Arc<[usize]> = key.into();
        self.bytes += 2 * size_of_val(&*key) + 64;
        for frame in frames {
            let keys = self.codes.entry(frame.code).or_insert_with(|| {
                met(frame.code);
                Vec::new()
            });
            if keys.last().is_none_or(|last| !Arc::ptr_eq(last, &key)) {
                keys.push(Arc::clone(&key));
            }
        }
        self.keys.insert(key, site);
        Some(site)
    }

    /// Forgets the keys of a code object that dies; false when there are none.
    pub fn forget(&mut self, code: usize) -> bool {
        let Some(keys) = self.codes.remove(&code) else { return false };
        for key in keys {
            if self.keys.remove(&key).is_some() {
                self.bytes = self.bytes.saturating_sub(2 * size_of_val(&*key) + 64);
            }
        }
        true
    }

    /// Forgets everything and gives the first site: the one where no Python code runs. Numbers go
    /// on, from 1; there is none left when that is `limit`.
    pub fn clear(&mut self, limit: u32) -> u32 {
        let base = self.next().max(1);
        *self = Self { base, ..Self::default() };
        self.new_site(Where { record: 0, layer: Layer::Raw, stack: Arc::new([]) }, limit);
        base
    }

    /// The site where no Python code runs.
    pub fn first(&self) -> u32 {
        self.base
    }

    /// The number of the next site.
    pub fn next(&self) -> u32 {
        self.base + u32::try_from(self.site_list.len()).unwrap_or(u32::MAX)
    }

    /// The numbers of all sites since the last clear, with where they are.
    pub fn sites(&self) -> impl Iterator<Item = (u32, &Where)> {
        (self.base..).zip(&self.site_list)
    }

    /// Where a site is; `None` for one before the last clear.
    pub fn site(&self, site: u32) -> Option<&Where> {
        self.site_list.get(site.checked_sub(self.base)? as usize)
    }

    /// A line by its number, which comes from a [`Where`].
    pub fn line_at(&self, number: u32) -> Line {
        self.line_list[number as usize]
    }

    /// A text by its number, which comes from a [`Line`].
    pub fn text(&self, number: u32) -> Arc<[u8]> {
        Arc::clone(&self.text_list[number as usize])
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Bytes of memory this takes up, nearly.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn new_site(&mut self, at: Where, limit: u32) -> Option<u32> {
        let site = self.next();
        if site >= limit {
            return None;
        }
        self.bytes += 2 * size_of::<Where>() + size_of_val(&*at.stack) + 32;
        self.site_list.push(at.clone());
        self.sites.insert(at, site);
        Some(site)
    }

    fn line(&mut self, place: &Place) -> u32 {
        let line = Line {
            file: self.number(&place.file),
            function: self.number(&place.function),
            first: place.first,
            line: place.line,
        };
        let next = u32::try_from(self.line_list.len()).unwrap_or(u32::MAX);
        *self.lines.entry(line).or_insert_with(|| {
            self.bytes += 2 * size_of::<Line>() + 16;
            self.line_list.push(line);
            next
        })
    }

    fn number(&mut self, text: &[u8]) -> u32 {
        if let Some(&number) = self.texts.get(text) {
            return number;
        }
        let number = u32::try_from(self.text_list.len()).unwrap_or(u32::MAX);
        let text: Arc<[u8]> = text.into();
        self.bytes += text.len() + 72;
        self.text_list.push(Arc::clone(&text));
        self.texts.insert(text, number);
        number
    }
}
