//! Source text in a box: every character must have a width, or the right border wanders.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Columns between tab stops, as Python's `str.expandtabs` has it.
const TAB: usize = 8;

/// Expands tabs and shows control characters by their pictures: a form feed as `␌`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + TAB);
    let mut column = 0;
    for letter in text.chars() {
        if letter == '\t' {
            let blanks = TAB - column % TAB;
            shown.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        } else {
            let letter = picture(letter);
            shown.push(letter);
            column += letter.width().unwrap_or(0);
        }
    }
    Cow::Owned(shown)
}

/// The picture of a control character: U+2400 and following mirror the ASCII ones.
fn picture(letter: char) -> char {
    match letter {
        '\0'..' ' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or(letter),
        '\x7f' => '␡',
        _ if letter.is_control() => char::REPLACEMENT_CHARACTER,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_reach_the_next_stop_whatever_the_width_before_them() {
        assert_eq!(visible("\tx\ty"), "        x       y");
        assert_eq!(visible("漢\ty"), "漢      y");
        assert_eq!(visible("plain 漢"), "plain 漢");
    }

    #[test]
    fn control_characters_are_seen() {
        assert_eq!(visible("\x0c\x1b[31m\0\x7f\u{9b}"), "␌␛[31m␀␡\u{fffd}");
    }
}
