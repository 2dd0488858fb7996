//! Which meters a user names: one of levels, the heap, or both.

/// What is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Name of the meter of levels: `rss`; `None` where the heap is all.
    pub level: Option<&'a str>,
    /// Whether allocations are counted.
    pub heap: bool,
}

/// The name of the heap meter.
pub const HEAP: &str = "heap";

impl<'a> Choice<'a> {
    /// Splits `rss,heap`, in any order and with any blanks; `known` says which levels there are.
    ///
    /// # Errors
    /// One line for what is no choice.
    pub fn parse(names: &'a str, known: impl Fn(&str) -> bool) -> Result<Self, String> {
        let mut choice = Self { level: None, heap: false };
        for name in names.split(',').map(str::trim) {
            if name == HEAP {
                choice.heap = true;
            } else if !known(name) {
                return Err(format!("unknown meter '{name}': one of rss, pss, uss, heap"));
            } else if let Some(other) = choice.level.filter(|&other| other != name) {
                return Err(format!(
                    "meters {other} and {name} cannot be read together: take one, alone or with heap"
                ));
            } else {
                choice.level = Some(name);
            }
        }
        Ok(choice)
    }

    /// The name of the choice: `rss`, `heap` or `rss,heap`.
    pub fn name(&self) -> String {
        match (self.level, self.heap) {
            (Some(level), true) => format!("{level},{HEAP}"),
            (Some(level), false) => level.to_owned(),
            (None, _) => HEAP.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &str) -> Result<Choice<'_>, String> {
        Choice::parse(names, |name| matches!(name, "rss" | "pss"))
    }

    #[test]
    fn a_level_the_heap_or_both_can_be_chosen() {
        assert_eq!(parse("rss").unwrap(), Choice { level: Some("rss"), heap: false });
        assert_eq!(parse("heap").unwrap(), Choice { level: None, heap: true });
        for names in ["rss,heap", "heap, rss", "rss,heap,rss,heap"] {
            assert_eq!(parse(names).unwrap().name(), "rss,heap");
        }
    }

    #[test]
    fn what_is_no_choice_is_named() {
        for (names, name) in [("heap,foo", "foo"), ("", ""), ("heap,", ""), ("RSS", "RSS")] {
            let message = format!("unknown meter '{name}': one of rss, pss, uss, heap");
            assert_eq!(parse(names).unwrap_err(), message);
        }
        assert!(parse("rss,pss").unwrap_err().starts_with("meters rss and pss cannot"));
    }
}
