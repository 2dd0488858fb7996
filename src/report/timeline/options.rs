//! What a reader may choose about a picture.

use crate::error::Error;

/// How the processes below the recorded one are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Children {
    /// Each with a curve of its own.
    #[default]
    Separate,
    /// On top of each other and of the program, so that the highest curve is the total.
    Stacked,
}

/// How a picture of recordings looks; a page can be changed in all of it later.
#[derive(Debug, Clone, PartialEq)]
pub struct PlotOptions {
    /// Above the picture; by default the command.
    pub title: Option<String>,
    /// The part of the time that is shown: seconds from the start.
    pub window: Option<(f64, f64)>,
    /// Whether the straight line through the samples is drawn.
    pub slope: bool,
    /// Whether calls of functions are drawn.
    pub functions: bool,
    /// Whether they are boxes on top of each other, and not brackets.
    pub flame: bool,
    /// How the processes below are drawn.
    pub children: Children,
}

impl Default for PlotOptions {
    fn default() -> Self {
        Self {
            title: None,
            window: None,
            slope: false,
            functions: true,
            flame: false,
            children: Children::default(),
        }
    }
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A page for a browser, in which it can be changed and zoomed.
    Html,
    /// Lines and text, of any size.
    Svg,
    /// Dots.
    Png,
}

impl Picture {
    /// The one a file extension names.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name.trim().to_ascii_lowercase().as_str() {
            "html" | "htm" => Ok(Self::Html),
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            _ => Err(Error::Choice {
                what: "picture",
                given: name.to_owned(),
                choices: "html, svg, png".to_owned(),
            }),
        }
    }
}
