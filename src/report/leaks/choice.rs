//! What a reader may choose about a report of what keeps memory alive.

use crate::error::Error;
use crate::profile::Leaks;
use crate::report::sites::choose;

/// What is shown instead of the suspects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// All objects by their type.
    Type,
    /// All objects by the line that made them.
    Line,
    /// All objects by the module of that line.
    Module,
    /// The largest objects and what each keeps alive.
    Dominators,
}

/// Which size objects are ranked by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    /// What would be freed if they went.
    #[default]
    Retained,
    /// What they take up themselves.
    Own,
}

/// The choice.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeakChoice {
    /// The one look to show, negative from the last on; `None` for all.
    pub which: Option<i64>,
    /// The table to show instead of the suspects.
    pub by: Option<By>,
    /// What a table is ranked by.
    pub size: Size,
}

impl LeakChoice {
    /// The choice a user named.
    pub fn parse(which: Option<i64>, by: Option<&str>, size: Option<&str>) -> Result<Self, Error> {
        let sizes = [("retained", Size::Retained), ("own", Size::Own)];
        let tables = [
            ("type", By::Type),
            ("line", By::Line),
            ("module", By::Module),
            ("dominators", By::Dominators),
        ];
        Ok(Self {
            which,
            by: by.map(|name| choose("order", name, &tables)).transpose()?,
            size: size.map_or(Ok(Size::default()), |name| choose("size", name, &sizes))?,
        })
    }

    /// The looks to show, of those there are. Fails where there is none of that number.
    pub fn of<'a>(&self, all: &'a [Leaks]) -> Result<Vec<&'a Leaks>, Error> {
        match self.which {
            None => Ok(all.iter().collect()),
            Some(which) => Ok(vec![at(all, which)?]),
        }
    }
}

/// The look of a number, negative from the last on.
pub fn at(all: &[Leaks], which: i64) -> Result<&Leaks, Error> {
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let index = if which < 0 { which.saturating_add(count) } else { which };
    usize::try_from(index)
        .ok()
        .and_then(|index| all.get(index))
        .ok_or(Error::Look { given: which, count: all.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    #[test]
    fn looks_are_counted_from_either_end() {
        let all = samples::leaks().leaks;
        let mark = |which| at(&all, which).map(|leaks| leaks.mark.clone().unwrap());
        assert_eq!(
            [0, 1, -1, -2].map(|which| mark(which).unwrap()),
            ["warm", "done", "done", "warm"]
        );
        assert_eq!(
            mark(2).unwrap_err().to_string(),
            "look 2 is out of range: there are 2, of which 0 is the first and -1 the last"
        );
        assert!(mark(-3).is_err() && mark(i64::MIN).is_err());
        assert_eq!(
            at(&[], -1).unwrap_err().to_string(),
            "nothing was recorded of what keeps memory alive: run it with rsprofile leaks"
        );
    }

    #[test]
    fn unknown_names_are_refused_with_those_there_are() {
        let fault = |by, size| LeakChoice::parse(None, by, size).unwrap_err().to_string();
        assert_eq!(
            fault(Some("name"), None),
            "unknown order 'name': one of type, line, module, dominators"
        );
        assert_eq!(fault(None, Some("big")), "unknown size 'big': one of retained, own");
    }
}
