//! How far a recording is, in the bottom line of the terminal.
//!
//! The rest of the screen is made the program's: what it prints scrolls above that line, and what it
//! asks for is not written over.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::{getpgrp, tcgetpgrp};

use crate::units::Unit;

/// How often it is written anew.
const PACE: Duration = Duration::from_millis(200);

/// Rows of a screen that has room for it.
const FEWEST_ROWS: u16 = 4;

/// The line, on standard error.
#[derive(Debug, Default)]
pub struct Progress {
    rows: u16,
    columns: u16,
    is_there: bool,
    drawn: Option<Instant>,
    text: String,
}

/// What it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Since the start.
    pub elapsed: Duration,
    /// Bytes.
    pub now: i64,
    /// Bytes.
    pub peak: i64,
}

impl Progress {
    /// Shows the line on a screen of this size, or no longer where that is 0.
    pub fn show(&mut self, rows: u16, columns: u16) {
        self.wipe();
        (self.rows, self.columns) = (rows, columns);
        self.drawn = None;
    }

    /// When there is something to write.
    pub fn next(&self) -> Option<Instant> {
        (self.rows >= FEWEST_ROWS).then(|| self.drawn.map_or_else(Instant::now, |at| at + PACE))
    }

    /// Writes it, if it is time.
    pub fn draw(&mut self, now: Instant, figures: Figures) {
        if self.rows < FEWEST_ROWS || self.drawn.is_some_and(|drawn| now < drawn + PACE) {
            return;
        }
        self.drawn = Some(now);
        if !is_ours() {
            // A program that has the whole screen, or somebody types a command meanwhile.
            return;
        }
        self.text.clear();
        if !self.is_there {
            self.is_there = true;
            // Makes room below the cursor, and takes the last line out of what scrolls.
            let _ = write!(self.text, "\n\x1b7\x1b[1;{}r\x1b8\x1b[A", self.rows - 1);
        }
        let line = line(figures, usize::from(self.columns));
        let _ = write!(self.text, "\x1b7\x1b[{};1H\x1b[2K{line}\x1b8", self.rows);
        put(&self.text);
    }

    /// Takes it away and gives the whole screen back.
    pub fn wipe(&mut self) {
        if std::mem::take(&mut self.is_there) {
            put(&format!("\x1b7\x1b[{};1H\x1b[2K\x1b[r\x1b8", self.rows));
        }
        self.drawn = None;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Whether the terminal takes lines from a user, and we are who runs on it.
fn is_ours() -> bool {
    let terminal = io::stderr();
    terminal.is_terminal()
        && tcgetpgrp(terminal.as_fd()).is_ok_and(|group| group == getpgrp())
        && tcgetattr(terminal.as_fd())
            .is_ok_and(|modes| modes.local_flags.contains(LocalFlags::ICANON))
}

fn put(text: &str) {
    // Of a terminal that is gone nobody wants to hear.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// The longest text that fits. The last column stays free: some terminals wrap there.
fn line(figures: Figures, columns: usize) -> String {
    let Figures { elapsed, now, peak } = figures;
    let (now, peak) = (Unit::Auto.show(now, 1), Unit::Auto.show(peak, 1));
    let elapsed = clock(elapsed);
    let fitting = [
        format!("recording for {elapsed}, memory now {now}, peak {peak}"),
        format!("{elapsed}  now {now}  peak {peak}"),
        format!("{now}, {peak}"),
        peak,
    ];
    fitting.into_iter().find(|text| text.len() < columns).unwrap_or_default()
}

/// `7 s`, `2:05`, `1:02:05`.
fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_gets_less() {
        let figures = Figures { elapsed: Duration::from_secs(3725), now: 50 << 20, peak: 3 << 30 };
        let lines = [120, 40, 20, 10, 4].map(|columns| line(figures, columns));
        assert_eq!(lines[0], "recording for 1:02:05, memory now 50.0 MiB, peak 3.0 GiB");
        assert_eq!(lines[1], "1:02:05  now 50.0 MiB  peak 3.0 GiB");
        assert_eq!(lines[2], "50.0 MiB, 3.0 GiB");
        assert_eq!(lines[3], "3.0 GiB");
        assert_eq!(lines[4], "");
    }

    #[test]
    fn minutes_and_hours_have_colons() {
        let clocks = [7, 125, 7325].map(|seconds| clock(Duration::from_secs(seconds)));
        assert_eq!(clocks, ["7 s", "2:05", "2:02:05"]);
    }
}
