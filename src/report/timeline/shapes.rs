//! A picture as a list of shapes, whatever it is written as, and the colours in it.

/// What a shape is painted with: a meaning, of which each form of picture makes a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// What everything lies on.
    Ground,
    /// Lines behind the curves.
    Grid,
    /// Words.
    Text,
    /// Words that matter less.
    Soft,
    /// The line at the peak.
    Peak,
    /// A curve, by its number.
    Curve(usize),
    /// Below a curve that stands alone.
    Below(usize),
    /// Between two curves on top of each other.
    Layer(usize),
    /// A call, by the number of its function's colour.
    Call(usize),
    /// The box of a call.
    Box(usize),
}

/// Colours of curves and of functions.
pub const COLOURS: usize = 8;

/// Red, green, blue.
type Colour = [u8; 3];

const LIGHT: [Colour; COLOURS] = [
    [0x2f, 0x6f, 0xb7],
    [0xb5, 0x54, 0x1c],
    [0x1b, 0x7f, 0x4d],
    [0x8a, 0x3f, 0xb0],
    [0xb3, 0x26, 0x1e],
    [0x00, 0x79, 0x8c],
    [0x7a, 0x6a, 0x00],
    [0x5b, 0x64, 0x72],
];
const DARK: [Colour; COLOURS] = [
    [0x7f, 0xb2, 0xee],
    [0xf0, 0xa0, 0x68],
    [0x6f, 0xce, 0x9b],
    [0xcf, 0xa0, 0xf0],
    [0xff, 0x9d, 0x94],
    [0x5f, 0xd0, 0xe0],
    [0xd9, 0xc9, 0x5c],
    [0xaa, 0xb4, 0xc2],
];

impl Paint {
    /// All there are.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = [Self::Curve, Self::Below, Self::Layer, Self::Call, Self::Box];
        let numbered = kinds.into_iter().flat_map(|kind| (0..COLOURS).map(kind));
        [Self::Ground, Self::Grid, Self::Text, Self::Soft, Self::Peak].into_iter().chain(numbered)
    }

    /// What it is called in a style sheet.
    pub fn name(self) -> String {
        match self {
            Self::Ground => "ground".to_owned(),
            Self::Grid => "grid".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Soft => "soft".to_owned(),
            Self::Peak => "peak".to_owned(),
            Self::Curve(number) => format!("c{number}"),
            Self::Below(number) => format!("b{number}"),
            Self::Layer(number) => format!("l{number}"),
            Self::Call(number) => format!("f{number}"),
            Self::Box(number) => format!("x{number}"),
        }
    }

    /// Its colour on a light or a dark ground, which are those of our pages.
    pub fn colour(self, is_dark: bool) -> Colour {
        let palette = if is_dark { &DARK } else { &LIGHT };
        let either = |light, dark| if is_dark { dark } else { light };
        let mixed = |number: usize, share| {
            let (colour, ground) = (palette[number % COLOURS], Self::Ground.colour(is_dark));
            std::array::from_fn(|at| mix(ground[at], colour[at], share))
        };
        match self {
            Self::Ground => either([0xff, 0xff, 0xff], [0x14, 0x17, 0x1c]),
            Self::Grid => either([0xd5, 0xd9, 0xe0], [0x3a, 0x41, 0x4d]),
            Self::Text => either([0x1b, 0x1f, 0x27], [0xe8, 0xeb, 0xf0]),
            Self::Soft => either([0x56, 0x60, 0x70], [0xa6, 0xb0, 0xbf]),
            Self::Peak => palette[4],
            Self::Curve(number) | Self::Call(number) => palette[number % COLOURS],
            Self::Below(number) => mixed(number, 12),
            Self::Layer(number) => mixed(number, 45),
            Self::Box(number) => mixed(number, 30),
        }
    }
}

/// A colour that is `share` hundredths of another one.
fn mix(ground: u8, colour: u8, share: u16) -> u8 {
    let mixed = (u16::from(ground) * (100 - share) + u16::from(colour) * share) / 100;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

/// Where a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Behind it.
    Start,
    /// Around it.
    Middle,
    /// Before it.
    End,
}

/// Pixels from the left and from the top.
pub type Point = (f64, f64);

/// One part of a picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line {
        /// Where it goes.
        points: Vec<Point>,
        /// Its colour.
        paint: Paint,
        /// Pixels.
        width: f64,
        /// Whether it is broken into dashes.
        is_dashed: bool,
    },
    /// What lies within points.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Its colour.
        paint: Paint,
    },
    /// A disc.
    Dot {
        /// Its middle.
        at: Point,
        /// Its colour.
        paint: Paint,
    },
    /// Words.
    Text {
        /// Where their line stands.
        at: Point,
        /// What is at that place.
        anchor: Anchor,
        /// The words.
        text: String,
        /// Their colour.
        paint: Paint,
        /// Whether they stand out.
        is_bold: bool,
    },
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// What it shows, in one line, for those who do not see it.
    pub summary: String,
    /// From the back to the front.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// Adds a line.
    pub fn line(&mut self, points: &[Point], paint: Paint, width: f64) {
        let points = points.to_vec();
        self.shapes.push(Shape::Line { points, paint, width, is_dashed: false });
    }

    /// Adds a line of dashes.
    pub fn dashes(&mut self, points: &[Point], paint: Paint, width: f64) {
        let points = points.to_vec();
        self.shapes.push(Shape::Line { points, paint, width, is_dashed: true });
    }

    /// Adds a box.
    pub fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, paint: Paint) {
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.shapes.push(Shape::Area { points, paint });
    }

    /// Adds words.
    pub fn text(&mut self, at: Point, anchor: Anchor, text: impl Into<String>, paint: Paint) {
        let text = text.into();
        self.shapes.push(Shape::Text { at, anchor, text, paint, is_bold: false });
    }

    /// Adds words that stand out.
    pub fn bold(&mut self, at: Point, anchor: Anchor, text: impl Into<String>) {
        let text = text.into();
        self.shapes.push(Shape::Text { at, anchor, text, paint: Paint::Text, is_bold: true });
    }
}
