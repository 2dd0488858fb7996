//! A picture as PNG: on a light ground, with two dots a pixel.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster};
use tiny_skia::{
    Color, FillRule, LineJoin, Paint as Brush, Path, PathBuilder, Pixmap, PremultipliedColorU8,
    Stroke, StrokeDash, Transform,
};
use unicode_width::UnicodeWidthChar;

use super::shapes::{Anchor, Drawing, Paint, Point, Shape};

/// Dots of a pixel, in each direction.
const SCALE: f32 = 2.0;
/// Its letters are about as large as those of the SVG, at that scale.
const HEIGHT: RasterHeight = RasterHeight::Size32;
/// Dots from the top of a letter to the line it stands on.
const RISE: i32 = 24;

/// The whole file; empty for a picture without size.
pub fn png(drawing: &Drawing) -> Vec<u8> {
    let Some(mut dots) = Pixmap::new(dots(drawing.width), dots(drawing.height)) else {
        return Vec::new();
    };
    let [red, green, blue] = Paint::Ground.colour(false);
    dots.fill(Color::from_rgba8(red, green, blue, 255));
    for shape in &drawing.shapes {
        draw(&mut dots, shape);
    }
    // All that can fail is memory that is too small for the numbers of a width.
    dots.encode_png().unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded")]
fn dots(pixels: f64) -> u32 {
    (pixels * f64::from(SCALE)).ceil() as u32
}

fn draw(dots: &mut Pixmap, shape: &Shape) {
    let size = Transform::from_scale(SCALE, SCALE);
    match shape {
        Shape::Line { points, paint, width, is_dashed } => {
            let Some(path) = way(points, false) else { return };
            let dash = is_dashed.then(|| StrokeDash::new(vec![4.0, 3.0], 0.0)).flatten();
            #[expect(clippy::cast_possible_truncation, reason = "a few pixels")]
            let width = *width as f32;
            let stroke = Stroke { width, dash, line_join: LineJoin::Round, ..Stroke::default() };
            dots.stroke_path(&path, &brush(*paint), &stroke, size, None);
        }
        Shape::Area { points, paint } => {
            if let Some(path) = way(points, true) {
                dots.fill_path(&path, &brush(*paint), FillRule::Winding, size, None);
            }
        }
        Shape::Dot { at, paint } => {
            let (x, y) = single(*at);
            if let Some(path) = PathBuilder::from_circle(x, y, 4.0) {
                dots.fill_path(&path, &brush(*paint), FillRule::Winding, size, None);
            }
        }
        Shape::Text { at, anchor, text, paint, is_bold } => {
            let weight = if *is_bold { FontWeight::Bold } else { FontWeight::Regular };
            write(dots, *at, *anchor, text, *paint, weight);
        }
    }
}

fn brush(paint: Paint) -> Brush<'static> {
    let [red, green, blue] = paint.colour(false);
    let mut brush = Brush { anti_alias: true, ..Brush::default() };
    brush.set_color_rgba8(red, green, blue, 255);
    brush
}

fn way(points: &[Point], is_closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (at, point) in points.iter().enumerate() {
        let (x, y) = single(*point);
        if at == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if is_closed {
        path.close();
    }
    path.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
fn single((x, y): Point) -> (f32, f32) {
    (x as f32, y as f32)
}

/// Letters side by side, those that take two columns with room for two.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "dots of letters")]
fn write(
    dots: &mut Pixmap,
    at: Point,
    anchor: Anchor,
    text: &str,
    paint: Paint,
    weight: FontWeight,
) {
    let letters = || text.chars().filter_map(|letter| Some((letter, letter.width()?)));
    let Some(column) = raster('n', weight).map(|letter| letter.width() as i32) else { return };
    let columns: usize = letters().map(|(_, columns)| columns).sum();
    let wide = column * columns as i32;
    let (x, y) = single(at);
    // Far outside is nowhere, and no reason to leave the range of the numbers.
    let (x, y) = (x.clamp(-1e5, 1e5), y.clamp(-1e5, 1e5));
    let before = match anchor {
        Anchor::Start => 0,
        Anchor::Middle => wide / 2,
        Anchor::End => wide,
    };
    let mut left = (x * SCALE).round() as i32 - before;
    let top = (y * SCALE).round() as i32 - RISE;
    for (letter, columns) in letters() {
        if letter == '…' {
            // The font has no such letter.
            for third in -1..=1 {
                stamp(dots, '.', weight, left + third * column / 3, top, paint);
            }
        } else {
            stamp(dots, letter, weight, left, top, paint);
        }
        left += column * columns as i32;
    }
}

/// One letter, as dark as the font has each dot.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "dots of a letter")]
fn stamp(dots: &mut Pixmap, letter: char, weight: FontWeight, left: i32, top: i32, paint: Paint) {
    let Some(letter) = raster(letter, weight) else { return };
    let ink = paint.colour(false);
    let (width, height) = (dots.width() as i32, dots.height() as i32);
    for (row, line) in letter.rows().enumerate() {
        for (column, share) in line.iter().enumerate() {
            let (x, y) = (left + column as i32, top + row as i32);
            if *share == 0 || x < 0 || y < 0 || x >= width || y >= height {
                continue;
            }
            let Ok(place) = usize::try_from(y * width + x) else { continue };
            let ground = dots.pixels()[place];
            let mix = |ground: u8, ink: u8| {
                let share = u16::from(*share);
                ((u16::from(ground) * (255 - share) + u16::from(ink) * share) / 255) as u8
            };
            let [red, green, blue] = ink;
            let mixed =
                (mix(ground.red(), red), mix(ground.green(), green), mix(ground.blue(), blue));
            if let Some(dot) = PremultipliedColorU8::from_rgba(mixed.0, mixed.1, mixed.2, 255) {
                dots.pixels_mut()[place] = dot;
            }
        }
    }
}

/// A letter of the font, or the sign for one that it does not have.
fn raster(letter: char, weight: FontWeight) -> Option<RasterizedChar> {
    let found = get_raster(letter, weight, HEIGHT);
    found.or_else(|| get_raster(char::REPLACEMENT_CHARACTER, weight, HEIGHT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_two_dots_a_pixel() {
        let mut drawing =
            Drawing { width: 100.0, height: 40.0, summary: String::new(), shapes: Vec::new() };
        drawing.rectangle((0.0, 0.0), (50.0, 20.0), Paint::Curve(0));
        drawing.text((60.0, 30.0), Anchor::Start, "n…負", Paint::Text);
        let dots = Pixmap::decode_png(&png(&drawing)).unwrap();
        assert_eq!((dots.width(), dots.height()), (200, 80));
        let at = |x, y| dots.pixel(x, y).map(|dot| [dot.red(), dot.green(), dot.blue()]);
        assert_eq!(at(99, 39), Some(Paint::Curve(0).colour(false)));
        assert_eq!(at(101, 41), Some([255; 3]));
        assert!((120..160).any(|x| (40..62).any(|y| at(x, y).is_some_and(|[red, ..]| red < 100))));
    }
}
