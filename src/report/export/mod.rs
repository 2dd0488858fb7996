//! A profile as other viewers read it: figures by stacks.

mod pprof;
mod speedscope;
mod stacks;

use crate::error::Error;
use crate::profile::Profile;
use crate::report::sites::choose;
use stacks::Stacks;

/// A format of other tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// JSON for speedscope.
    Speedscope,
    /// A compressed protocol buffer for `go tool pprof` and what else reads that.
    Pprof,
}

impl Export {
    /// The names a user types.
    pub const NAMES: [(&'static str, Self); 2] =
        [("speedscope", Self::Speedscope), ("pprof", Self::Pprof)];

    /// The format a user named.
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(name: &str) -> Result<Self, Error> {
        choose("format", name, &Self::NAMES)
    }
}

/// The content of a file: of what the whole program allocated if that was recorded, else of the lines of
/// its functions.
///
/// # Errors
/// Nothing was measured that has a place in the source.
pub fn export(profile: &Profile, format: Export) -> Result<Vec<u8>, Error> {
    let stacks = Stacks::of(profile).ok_or(Error::NoStacks)?;
    Ok(match format {
        Export::Speedscope => speedscope::render(&stacks, profile).into_bytes(),
        Export::Pprof => pprof::render(&stacks, profile),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::samples;

    #[test]
    fn a_profile_without_lines_has_nothing_to_export() {
        for (_, format) in Export::NAMES {
            let error = export(&samples::leaks(), format).unwrap_err().to_string();
            assert_eq!(
                error,
                "nothing to export: speedscope and pprof show lines of functions, or of a program \
                 with --meter heap"
            );
        }
    }

    #[test]
    fn an_unknown_format_is_answered_with_the_choices() {
        let error = Export::parse("callgrind").unwrap_err().to_string();
        assert_eq!(error, "unknown format 'callgrind': one of speedscope, pprof");
    }
}
