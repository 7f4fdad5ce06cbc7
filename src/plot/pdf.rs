//! PDF from our own SVG: one page of vector outlines, so that no reader needs a typeface. Owns how a picture becomes
//! operators of a page; must not know figures beyond handing them to the SVG renderer.

use super::Drawing;
use super::figure::Figure;
use super::pdf_file::Objects;
use super::png::{PngError, options};
use super::svg;
use resvg::tiny_skia::{PathSegment, Transform};
use resvg::usvg::{FillRule, Group, Image, ImageKind, LineCap, LineJoin, Node, Paint, Path, Tree};
use std::fmt::Write;

/// Points of a page in a unit of the picture: the reader takes 96 units per inch, as CSS does.
const POINTS: f32 = 72.0 / 96.0;

/// Draws a figure as a PDF file of one page in the size of the figure.
///
/// # Errors
/// If our own SVG cannot be read, which would be a mistake in it.
pub fn pdf(figure: &Figure) -> Result<Drawing<Vec<u8>>, PngError> {
    let drawing = svg(figure);
    let title = figure.title.as_deref().unwrap_or_default();
    Ok(Drawing { content: pdf_of_svg(&drawing.content, title)?, notes: drawing.notes })
}

/// Turns SVG source as we write it (paths, texts, pictures, clips; no gradients, masks or filters) into PDF.
///
/// # Errors
/// If the source is not SVG.
fn pdf_of_svg(source: &str, title: &str) -> Result<Vec<u8>, PngError> {
    let tree = Tree::from_str(source, &options()).map_err(|e| PngError::Svg(e.to_string()))?;
    let (width, height) = (tree.size().width() * POINTS, tree.size().height() * POINTS);
    let mut page = Page { out: String::new(), opacities: Vec::new(), images: Vec::new() };
    // The page has its origin at the lower left.
    let _ = writeln!(page.out, "{} 0 0 {} 0 {} cm", number(POINTS), number(-POINTS), number(height));
    page.group(tree.root());
    let mut objects = Objects::default();
    let pictures: Vec<usize> = page.images.iter().map(|i| objects.picture(i.0, i.1, &i.2, &i.3)).collect();
    let mut resources = String::from("<< /ExtGState <<");
    for (k, (fill, stroke)) in page.opacities.iter().enumerate() {
        let _ = write!(resources, " /G{k} << /ca {} /CA {} >>", number(*fill), number(*stroke));
    }
    resources.push_str(" >> /XObject <<");
    for (k, object) in pictures.iter().enumerate() {
        let _ = write!(resources, " /I{k} {object} 0 R");
    }
    resources.push_str(" >> >>");
    Ok(objects.finish(&page.out, &resources, (width, height), title))
}

/// The operators of the page, and what they refer to.
struct Page {
    out: String,
    /// Opacities of fills and strokes.
    opacities: Vec<(f32, f32)>,
    /// Width, height, colours and opacities of pictures.
    images: Vec<(u32, u32, Vec<u8>, Vec<u8>)>,
}

impl Page {
    fn group(&mut self, group: &Group) {
        let clip = group.clip_path().filter(|c| !c.root().children().is_empty());
        if let Some(clip) = clip {
            self.out.push_str("q\n");
            let place = group.abs_transform().pre_concat(clip.transform());
            for node in clip.root().children() {
                if let Node::Path(path) = node {
                    self.outline(path, place.pre_concat(path.abs_transform()));
                }
            }
            self.out.push_str("W n\n");
        }
        for node in group.children() {
            match node {
                Node::Group(inner) => self.group(inner),
                Node::Path(path) if path.is_visible() => self.path(path),
                Node::Text(text) => self.group(text.flattened()),
                Node::Image(image) if image.is_visible() => self.image(image),
                Node::Path(_) | Node::Image(_) => {}
            }
        }
        if clip.is_some() {
            self.out.push_str("Q\n");
        }
    }

    fn path(&mut self, path: &Path) {
        let colour = |paint: &Paint| if let Paint::Color(c) = paint { Some(*c) } else { None };
        let fill = path.fill().and_then(|f| Some((f, colour(f.paint())?)));
        let stroke = path.stroke().and_then(|s| Some((s, colour(s.paint())?)));
        if fill.is_none() && stroke.is_none() {
            return;
        }
        let opacity = (fill.map_or(1.0, |f| f.0.opacity().get()), stroke.map_or(1.0, |s| s.0.opacity().get()));
        let state = self.opacity(opacity);
        let _ = writeln!(self.out, "q {state}");
        let rgb = |c: resvg::usvg::Color| [c.red, c.green, c.blue].map(|v| number(f32::from(v) / 255.0)).join(" ");
        if let Some((_, c)) = fill {
            let _ = writeln!(self.out, "{} rg", rgb(c));
        }
        if let Some((s, c)) = stroke {
            let width = s.width().get() * scale(path.abs_transform());
            let cap = match s.linecap() {
                LineCap::Butt => 0,
                LineCap::Round => 1,
                LineCap::Square => 2,
            };
            let join = match s.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => 0,
                LineJoin::Round => 1,
                LineJoin::Bevel => 2,
            };
            let _ = writeln!(
                self.out,
                "{} RG {} w {cap} J {join} j {} M",
                rgb(c),
                number(width),
                number(s.miterlimit().get().max(1.0))
            );
            if let Some(dashes) = s.dasharray() {
                let dashes: Vec<String> = dashes.iter().map(|d| number(d * scale(path.abs_transform()))).collect();
                let _ = writeln!(self.out, "[{}] {} d", dashes.join(" "), number(s.dashoffset()));
            }
        }
        self.outline(path, path.abs_transform());
        let even = fill.is_some_and(|(f, _)| f.rule() == FillRule::EvenOdd);
        self.out.push_str(match (fill.is_some(), stroke.is_some(), even) {
            (true, true, false) => "B Q\n",
            (true, true, true) => "B* Q\n",
            (true, false, false) => "f Q\n",
            (true, false, true) => "f* Q\n",
            _ => "S Q\n",
        });
    }

    fn outline(&mut self, path: &Path, place: Transform) {
        let Some(data) = path.data().clone().transform(place) else { return };
        let mut last = (0.0, 0.0);
        for segment in data.segments() {
            let _ = match segment {
                PathSegment::MoveTo(p) => {
                    last = (p.x, p.y);
                    writeln!(self.out, "{} {} m", number(p.x), number(p.y))
                }
                PathSegment::LineTo(p) => {
                    last = (p.x, p.y);
                    writeln!(self.out, "{} {} l", number(p.x), number(p.y))
                }
                PathSegment::QuadTo(c, p) => {
                    // A parabola as a cubic: its inner points lie two thirds of the way to the corner.
                    let third = |a: f32, b: f32| a + (b - a) * 2.0 / 3.0;
                    let (a, b) = ((third(last.0, c.x), third(last.1, c.y)), (third(p.x, c.x), third(p.y, c.y)));
                    last = (p.x, p.y);
                    self.cubic(a, b, last)
                }
                PathSegment::CubicTo(a, b, p) => {
                    last = (p.x, p.y);
                    self.cubic((a.x, a.y), (b.x, b.y), last)
                }
                PathSegment::Close => writeln!(self.out, "h"),
            };
        }
    }

    fn cubic(&mut self, a: (f32, f32), b: (f32, f32), end: (f32, f32)) -> std::fmt::Result {
        let numbers = [a.0, a.1, b.0, b.1, end.0, end.1].map(number);
        writeln!(self.out, "{} c", numbers.join(" "))
    }

    fn image(&mut self, image: &Image) {
        let ImageKind::PNG(bytes) = image.kind() else { return };
        let Some(pixels) = resvg::tiny_skia::Pixmap::decode_png(bytes).ok() else { return };
        let (mut colours, mut opacities) = (Vec::new(), Vec::new());
        for p in pixels.pixels() {
            let c = p.demultiply();
            colours.extend([c.red(), c.green(), c.blue()]);
            opacities.push(c.alpha());
        }
        let (size, t) = (image.size(), image.abs_transform());
        // The unit square of a picture has its first row at the top.
        let unit = t.pre_concat(Transform::from_row(size.width(), 0.0, 0.0, -size.height(), 0.0, size.height()));
        let place = [unit.sx, unit.ky, unit.kx, unit.sy, unit.tx, unit.ty].map(number);
        let _ = writeln!(self.out, "q {} cm /I{} Do Q", place.join(" "), self.images.len());
        self.images.push((pixels.width(), pixels.height(), colours, opacities));
    }

    /// The operator that sets the opacities of fills and strokes.
    fn opacity(&mut self, wanted: (f32, f32)) -> String {
        let known = self.opacities.iter().position(|o| *o == wanted);
        let k = known.unwrap_or_else(|| {
            self.opacities.push(wanted);
            self.opacities.len() - 1
        });
        format!("/G{k} gs")
    }
}

/// By how much a placement enlarges lengths.
fn scale(t: Transform) -> f32 {
    (t.sx * t.sy - t.kx * t.ky).abs().sqrt()
}

/// A number of a page: three decimals, without idle zeros.
fn number(v: f32) -> String {
    if !v.is_finite() {
        return "0".to_string();
    }
    let text = format!("{v:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_string() } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Axis, Field, Panel, Series};

    fn find(bytes: &[u8], what: &str) -> usize {
        bytes.windows(what.len()).filter(|w| *w == what.as_bytes()).count()
    }

    #[test]
    fn a_figure_is_one_page_of_its_size() {
        let series = Series::new("a", vec![1.0, 2.0, 3.0], vec![1.0, 4.0, 2.0]).error(vec![0.2, 0.1, 0.3]);
        let panel = Panel::new(Axis::new("T"), Axis::new("χ_{max}")).with(series);
        let field = Field { x: vec![0.0, 1.0], y: vec![0.0, 1.0], z: vec![0.0, 1.0, 2.0, 3.0], ..Field::default() };
        let figure = Figure { panels: vec![panel, Panel::new(Axis::new("x"), Axis::new("y")).with(field)], ..Figure::default() };
        let figure = figure.size(8.6, 6.0).title("two (panels)");
        let file = pdf(&figure).unwrap().content;
        assert!(file.starts_with(b"%PDF-1.") && file.ends_with(b"%%EOF\n"));
        assert_eq!(find(&file, "/Type /Page "), 1);
        // 8.6 cm and 6 cm in points.
        assert_eq!(find(&file, "/MediaBox [0 0 243.78 170.08]"), 1, "{}", String::from_utf8_lossy(&file[..600]));
        assert_eq!(find(&file, "/Font"), 0);
        // Every object lies where the table says.
        let text: Vec<u8> = file.clone();
        let at = text.windows(5).rposition(|w| w == b"xref\n").unwrap();
        let table = String::from_utf8_lossy(&text[at..]).into_owned();
        let places = table.lines().filter(|l| l.ends_with(" n ")).map(|l| l[..10].parse::<usize>().unwrap());
        for (k, place) in places.enumerate() {
            assert!(file[place..].starts_with(format!("{} 0 obj", k + 1).as_bytes()), "object {}", k + 1);
        }
    }

    #[test]
    fn numbers_are_short_and_finite() {
        for (v, text) in [(1.0, "1"), (-0.0001, "0"), (0.125, "0.125"), (f32::NAN, "0"), (10.0, "10"), (0.0, "0")] {
            assert_eq!(number(v), text);
        }
    }
}
