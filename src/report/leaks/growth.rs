//! How the number of objects grows, in words.

use super::paragraph::Paragraph;
use crate::profile::{Growth, Per};
use crate::units::count;

/// Growth below this share of an object for each call or second is told the other way round: one for
/// so many of them.
const RARE: f64 = 0.1;

/// Adds `, +1 per call of register() (200 of 200 never freed)`; nothing where there is no number.
pub fn say(text: &mut Paragraph<'_>, growth: &Growth, alive: u64) {
    let grows = growth.objects.is_finite() && growth.objects > 0.0;
    if grows {
        text.say(", ");
        let rare = growth.objects < RARE;
        let times = if rare { (1.0 / growth.objects).round() } else { 1.0 };
        text.say(format!("+{} per ", amount(growth.objects * times)));
        per(text, &growth.per, whole(times));
    } else if growth.bytes.is_finite() && growth.bytes >= 1.0 {
        // One object that gets larger.
        text.say(", +").bytes(whole(growth.bytes)).say(" per ");
        per(text, &growth.per, 1);
    }
    if let Some(made) = growth.made {
        text.say(format!(" ({} of {} never freed)", count(alive), count(made)));
    }
}

fn per(text: &mut Paragraph<'_>, per: &Per, times: u64) {
    let many = times > 1;
    let (number, plural) = (count(times), if many { "s" } else { "" });
    let number = if many { format!("{number} ") } else { String::new() };
    match per {
        Per::Call { function, .. } => {
            let parentheses = if function.ends_with(['>', ')']) { "" } else { "()" };
            text.say(format!("{number}call{plural} of ")).name(&format!("{function}{parentheses}"));
        }
        Per::Run { .. } => _ = text.say(format!("{number}run{plural}")),
        Per::Second => _ = text.say(format!("{number}second{plural}")),
    }
}

/// A positive number in three digits at most, without zeros at its end: `1`, `1.5`, `0.25`, `1,204`.
pub fn amount(number: f64) -> String {
    if number >= 100.0 || (number - number.round()).abs() < 0.005 {
        return count(whole(number));
    }
    let digits = if number >= 10.0 { 1 } else { 2 };
    let shown = format!("{number:.digits$}");
    shown.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The nearest whole number; 0 below.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "kept in range")]
fn whole(number: f64) -> u64 {
    number.round().clamp(0.0, u64::MAX as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn an_amount_has_no_more_digits_than_are_of_use() {
        assert_eq!(
            [1.0, 1.5, 0.25, 12.34, 1204.3, 0.999, 10.0].map(amount).join(" "),
            "1 1.5 0.25 12.3 1,204 1 10"
        );
    }
}
