//! A picture as SVG: light or dark as its reader has it, with nothing beside it.

use std::fmt::Write;

use super::shapes::{Anchor, Drawing, Paint, Point, Shape};

/// The whole file.
pub fn svg(drawing: &Drawing) -> String {
    let Drawing { width, height, summary, shapes } = drawing;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n<style>\n{}</style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n",
        escaped(summary),
        style(shapes)
    );
    for shape in shapes {
        // A String takes all that is written.
        let _ = write_shape(&mut text, shape);
    }
    text.push_str("</svg>\n");
    text
}

/// The colours that are used, and how text and lines look.
fn style(shapes: &[Shape]) -> String {
    let used: Vec<_> = std::iter::once(Paint::Ground).chain(shapes.iter().map(paint)).collect();
    let mut light = String::from(
        "text { font: 12px system-ui, \"Segoe UI\", \"DejaVu Sans\", Verdana, sans-serif }\n\
         .bold { font-weight: 600 }\n.line { fill: none; stroke-linejoin: round }\n",
    );
    let mut dark = String::from("@media (prefers-color-scheme: dark) {\n");
    for paint in Paint::all().filter(|paint| used.contains(paint)) {
        for (text, is_dark) in [(&mut light, false), (&mut dark, true)] {
            let [red, green, blue] = paint.colour(is_dark);
            let (name, colour) = (paint.name(), format!("#{red:02x}{green:02x}{blue:02x}"));
            let _ = writeln!(
                text,
                ".{name} {{ fill: {colour} }} .line.{name} {{ fill: none; stroke: {colour} }}"
            );
        }
    }
    light + &dark + "}\n"
}

fn paint(shape: &Shape) -> Paint {
    match shape {
        Shape::Line { paint, .. }
        | Shape::Area { paint, .. }
        | Shape::Dot { paint, .. }
        | Shape::Text { paint, .. } => *paint,
    }
}

fn write_shape(text: &mut String, shape: &Shape) -> std::fmt::Result {
    let class = paint(shape).name();
    match shape {
        Shape::Line { points, width, is_dashed, .. } => {
            let dashes = if *is_dashed { " stroke-dasharray=\"4 3\"" } else { "" };
            let way = way(points);
            writeln!(
                text,
                "<path class=\"line {class}\" stroke-width=\"{width}\"{dashes} d=\"{way}\"/>"
            )
        }
        Shape::Area { points, .. } => {
            writeln!(text, "<path class=\"{class}\" d=\"{}Z\"/>", way(points))
        }
        Shape::Dot { at: (x, y), .. } => {
            let (x, y) = (number(*x), number(*y));
            writeln!(text, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>")
        }
        Shape::Text { at: (x, y), anchor, text: words, is_bold, .. } => {
            let bold = if *is_bold { " bold" } else { "" };
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let (x, y, words) = (number(*x), number(*y), escaped(words));
            writeln!(
                text,
                "<text class=\"{class}{bold}\" x=\"{x}\" y=\"{y}\"{anchor}>{words}</text>"
            )
        }
    }
}

/// From point to point; one that is where the last one was is left out.
fn way(points: &[Point]) -> String {
    let mut way = String::new();
    let mut last = String::new();
    for (x, y) in points {
        let point = format!("{} {}", number(*x), number(*y));
        if point != last {
            way.push(if way.is_empty() { 'M' } else { 'L' });
            way.push_str(&point);
        }
        last = point;
    }
    way
}

/// Tenths of a pixel are as fine as anybody sees.
fn number(pixels: f64) -> String {
    let text = format!("{pixels:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn shapes_are_elements_and_words_are_escaped() {
        let mut drawing = Drawing {
            width: 100.0,
            height: 40.5,
            summary: "<b> & 1".to_owned(),
            shapes: Vec::new(),
        };
        drawing.rectangle((0.0, 0.25), (50.0, 20.0), Paint::Layer(1));
        drawing.line(&[(1.0, 2.0), (1.02, 2.0), (3.55, 4.0)], Paint::Curve(0), 1.5);
        drawing.dashes(&[(1.0, 2.0), (3.0, 4.0)], Paint::Peak, 1.0);
        drawing.shapes.push(Shape::Dot { at: (1.0, 2.0), paint: Paint::Curve(0) });
        drawing.bold((5.0, 6.0), Anchor::Middle, "</text>");
        drawing.text((5.0, 6.0), Anchor::End, "1 MiB", Paint::Soft);
        let text = svg(&drawing);
        let (head, shapes) = text.split_once("</style>\n").unwrap();
        assert!(head.contains("<title id=\"title\">&lt;b&gt; &amp; 1</title>"));
        assert!(head.contains(".l1 { fill: #ddb298 }") && head.contains(".l1 { fill: #77543e }"));
        assert!(!head.contains(".l2 "), "a colour that is not used: {head}");
        assert_snapshot!(shapes, @r#"
        <rect class="ground" width="100" height="40.5"/>
        <path class="l1" d="M0 0.2L50 0.2L50 20L0 20Z"/>
        <path class="line c0" stroke-width="1.5" d="M1 2L3.5 4"/>
        <path class="line peak" stroke-width="1" stroke-dasharray="4 3" d="M1 2L3 4"/>
        <circle class="c0" cx="1" cy="2" r="4"/>
        <text class="text bold" x="5" y="6" text-anchor="middle">&lt;/text&gt;</text>
        <text class="soft" x="5" y="6" text-anchor="end">1 MiB</text>
        </svg>
        "#);
    }
}
