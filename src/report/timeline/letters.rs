//! How much room words take. Which font shows them is not known: it is no wider than this.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::visible::visible;

/// Pixels of a letter, at a size of 12.
const LETTER: f64 = 7.2;
/// Fewer letters of a name than this tell nothing.
const LEAST: usize = 4;

/// Pixels of words in one line.
pub fn wide(text: &str) -> f64 {
    text.width() as f64 * LETTER
}

/// Words as they can be shown in one line: control characters by their pictures.
pub fn shown(text: &str) -> String {
    // XML has no place for the last two even where they are written as numbers.
    visible(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// As much of words as there is room for; nothing where that would tell nothing.
pub fn fitted(text: &str, room: f64) -> Option<String> {
    if wide(text) <= room {
        return Some(text.to_owned());
    }
    let mut taken = LETTER;
    let kept: String = text
        .chars()
        .take_while(|letter| {
            taken += letter.width().unwrap_or(0) as f64 * LETTER;
            taken <= room
        })
        .collect();
    (kept.chars().count() >= LEAST).then(|| format!("{kept}…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_to_their_room() {
        assert_eq!(fitted("load", 28.9).as_deref(), Some("load"));
        assert_eq!(fitted("load_everything", 60.0).as_deref(), Some("load_ev…"));
        assert_eq!(fitted("load_everything", 30.0), None);
        assert_eq!(fitted("負荷を読み込む", 72.0).as_deref(), Some("負荷を読…"));
    }

    #[test]
    fn control_characters_are_seen() {
        assert_eq!(shown("a\x1bb\u{fffe}"), "a␛b\u{fffd}");
    }
}
