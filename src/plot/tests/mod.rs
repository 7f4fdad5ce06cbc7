//! Whole figures through every renderer.

use proptest::prelude::*;
use resvg::usvg;

use super::*;

mod layers;

fn binder() -> Figure {
    let x: Vec<f64> = (0..11).map(|i| 2.2 + 0.015 * f64::from(i)).collect();
    let series = [8.0, 16.0, 32.0].map(|l: f64| {
        let y = x.iter().map(|t| 0.31 - 0.3 * libm::tanh((t - 2.269) * l)).collect();
        Series::new(format!("{l}"), x.clone(), y).error(vec![0.01; 11])
    });
    let panel = Panel::new(Axis::new("T"), Axis::new("U_4")).with_all(series).with(Mark::vertical(2.269, "T_c"));
    Figure { legend_title: Some("L".into()), ..Figure::of(panel).title("Binder cumulant") }
}

/// A figure with more layers in its first panel.
fn with(mut figure: Figure, layer: impl Into<Layer>) -> Figure {
    figure.panels[0].layers.push(layer.into());
    figure
}

fn only(series: Series) -> Figure {
    Figure::of(Panel::default().with(series))
}

/// The `k`-th curve of the first panel.
fn nth(figure: &mut Figure, k: usize) -> &mut Series {
    let curves = figure.panels[0].layers.iter_mut().filter_map(|l| if let Layer::Series(s) = l { Some(s) } else { None });
    curves.into_iter().nth(k).expect("a curve")
}

const STYLES: [Style; 7] = [Style::Line, Style::Points, Style::LinePoints, Style::Band, Style::Step, Style::Bars, Style::Sticks];

fn field(nx: usize, ny: usize) -> Field {
    let z = (0..nx * ny).map(|i| libm::sin(i as f64 * 0.37)).collect();
    Field {
        x: (0..nx).map(|i| i as f64).collect(),
        y: (0..ny).map(|i| i as f64).collect(),
        z,
        label: Some("m".into()),
        ..Field::default()
    }
}

/// All numbers of the file are finite and it is well-formed SVG; the reader's tree.
fn read(source: &str) -> usvg::Tree {
    assert!(!source.contains("NaN") && !source.contains("inf\"") && !source.contains("inf "), "{source}");
    usvg::Tree::from_str(source, &usvg::Options::default()).expect("well-formed SVG")
}

/// Terminal text without its colours.
fn bare(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, r)| r);
    }
    out + rest
}

fn has_size(text: &str, width: usize, height: usize) -> bool {
    let lines: Vec<&str> = text.split('\n').collect();
    lines.len() == height && lines.iter().all(|l| l.chars().count() == width)
}

#[test]
fn svg_is_well_formed_and_escapes_labels() {
    let mut figure = binder();
    figure.title = Some("a < b & \"c\" > d \u{1b}".into());
    nth(&mut figure, 0).label = Some("<script>&".into());
    let svg = svg(&figure).content;
    read(&svg);
    assert!(svg.contains("a &lt; b &amp; \"c\" &gt; d"));
    assert!(svg.contains("&lt;script&gt;&amp;") && !svg.contains("<script"));
    assert!(svg.contains("font-size=\"5.81\">c</tspan>"), "the subscript of T_c");
}

#[test]
fn what_cannot_be_drawn_is_skipped_with_a_note() {
    let mut figure = binder();
    nth(&mut figure, 0).y[3] = f64::NAN;
    nth(&mut figure, 1).y.pop();
    let figure = with(figure, Mark::vertical(900.0, "far"));
    let figure = with(figure, Field { x: vec![1.0, 1.0], y: vec![0.0], z: vec![1.0, 2.0], ..Field::default() });
    let notes = svg(&figure).notes;
    for part in ["1 of 11 points not drawn (not finite)", "11 values of x and 10 of y", "mark `far`", "strictly monotone"] {
        assert!(notes.iter().any(|n| n.contains(part)), "{part}: {notes:?}");
    }
    let curve = Series::new("s", vec![1.0, 2.0, 3.0], vec![-1.0, 0.0, 5.0]);
    let log = Figure::of(Panel::new(Axis::default(), Axis::new("y").log()).with(curve));
    assert!(svg_notes(&log).contains("2 of 3 points not drawn"));
    let mut bad = binder();
    bad.panels[0].x = Axis::new("x").range(2.0, f64::NAN);
    assert!(svg_notes(&bad).contains("x axis: the given range"));
}

fn svg_notes(figure: &Figure) -> String {
    svg(figure).notes.join("\n")
}

#[test]
fn gaps_break_the_line() {
    let line = |y: Vec<f64>| {
        let series = Series::new("s", vec![0.0, 1.0, 2.0, 3.0], y).style(Style::Line);
        let source = svg(&Figure { legend: Legend::Hidden, ..only(series) }).content;
        let path = source.lines().find(|l| l.contains("stroke-linejoin")).expect("the line").to_string();
        (path.matches('M').count(), path.matches('L').count())
    };
    assert_eq!(line(vec![0.0, 1.0, 0.0, 1.0]), (1, 3));
    assert_eq!(line(vec![0.0, 1.0, f64::NAN, 1.0]), (1, 1));
}

#[test]
fn degenerate_figures_draw() {
    let one = |x: Vec<f64>, y: Vec<f64>| only(Series::new("s", x, y).error(vec![0.0]));
    let of = |field: Field| Figure::of(Panel::default().with(field));
    let mut long = binder().title("long ".repeat(200)).size(4.0, 3.0);
    long.panels[0].y = Axis::new("y".repeat(500));
    let mut figures = vec![
        Figure::default(),
        one(vec![], vec![]),
        one(vec![1.0], vec![2.0]),
        one(vec![1.0, 1.0], vec![2.0, 2.0]),
        one(vec![0.0, 1.0], vec![7.0, 7.0]),
        one(vec![f64::NAN], vec![f64::INFINITY]),
        one(vec![1e308, -1e308, 1e300, -1e300], vec![5e-324, 0.0, 1e300, -1e300]),
        Figure { width_cm: f64::NAN, height_cm: -3.0, ..binder() },
        Figure { width_cm: 1e9, ..Figure::default() },
        long,
        of(field(1, 1)),
        of(field(700, 3)),
        of(Field { z: vec![f64::NAN; 4], ..field(2, 2) }),
        of(Field::default()),
    ];
    let many = (0..60).map(|i| Series::new(format!("series number {i}"), vec![0.0, 1.0], vec![0.0, f64::from(i)]));
    figures.push(Figure::of(Panel::default().with_all(many)));
    figures.push((0..40).fold(binder(), |f, i| with(f, Mark::vertical(2.25 + 1e-4 * f64::from(i), "a mark"))));
    for mut figure in figures {
        for style in STYLES {
            for scale in [Scale::Linear, Scale::Log] {
                for panel in &mut figure.panels {
                    (panel.x.scale, panel.y.scale) = (scale, scale);
                    for layer in &mut panel.layers {
                        if let Layer::Series(s) = layer {
                            s.style = style;
                        }
                    }
                }
                read(&svg(&figure).content);
                assert!(has_size(&terminal(&figure, 80, 24, false).content, 80, 24));
            }
        }
    }
}

#[test]
fn texts_stay_on_the_page() {
    // Without scripts, a text's width in the file is that of its characters.
    let figure = Figure {
        width_cm: 6.0,
        height_cm: 5.0,
        title: Some("A title that is far too long for this small page".into()),
        ..binder()
    };
    let source = svg(&figure).content;
    let options = png_options_for_tests();
    let tree = usvg::Tree::from_str(&source, &options).expect("well-formed SVG");
    let (page, drawn) = (tree.size(), tree.root().abs_layer_bounding_box());
    assert!(drawn.left() >= -0.5 && drawn.top() >= -0.5, "{drawn:?}");
    assert!(drawn.right() <= page.width() + 0.5 && drawn.bottom() <= page.height() + 0.5, "{drawn:?} in {page:?}");
}

fn png_options_for_tests() -> usvg::Options<'static> {
    let mut options = usvg::Options::default();
    options.fontdb_mut().load_font_data(metrics::TYPEFACE.to_vec());
    options
}

#[test]
fn the_legend_avoids_data() {
    // Data fill three corners; only the lower left is free.
    let y = vec![9.0, 9.5, 10.0, 9.5, 10.0, 9.5, 10.0, 10.0, 0.0];
    let x = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 7.0];
    let figure = only(Series::new("s", x, y));
    let legend = |figure: &Figure| {
        let source = svg(figure).content;
        let rect = source.lines().find(|l| l.contains("rx=\"2\"")).expect("a legend").to_string();
        let value = |name: &str| -> f64 {
            let (_, rest) = rect.split_once(&format!(" {name}=\"")).expect("an attribute");
            rest.split_once('"').and_then(|(v, _)| v.parse().ok()).expect("a number")
        };
        (value("x"), value("y"))
    };
    let (x, y) = legend(&figure);
    assert!(x < 100.0 && y > 150.0, "{x} {y}");
    // A cloud leaves no room inside.
    let (xs, ys) = (0..2000).map(|i| (f64::from(i % 50), f64::from(i / 50))).unzip();
    let full = only(Series::new("s", xs, ys).style(Style::Points));
    assert!(legend(&full).0 > 300.0);
}

#[test]
fn png_has_the_asked_size_and_shows_the_colours() {
    let figure = Figure { width_cm: 12.7, height_cm: 7.62, ..binder() };
    let bytes = png(&figure, 150.0).expect("a picture").content;
    let pixmap = resvg::tiny_skia::Pixmap::decode_png(&bytes).expect("a PNG file");
    assert_eq!((pixmap.width(), pixmap.height()), (750, 450));
    let count = |c: [u8; 3]| pixmap.pixels().iter().filter(|p| [p.red(), p.green(), p.blue()] == c).count();
    assert!(count([0, 114, 178]) > 100, "the first series");
    assert!(count([0x22, 0x22, 0x22]) > 500, "frame and text");
    assert!(count([255, 255, 255]) > 750 * 450 / 2, "a white ground");
    for dpi in [0.0, -1.0, f64::NAN, 1e9] {
        assert_eq!(png(&figure, dpi), Err(PngError::Resolution));
    }
    assert!(matches!(png_of_svg("<no", 100.0), Err(PngError::Svg(_))));
}

#[test]
fn drawing_is_reproducible() {
    assert_eq!(svg(&binder()), svg(&binder()));
    assert_eq!(png(&binder(), 100.0), png(&binder(), 100.0));
}

#[test]
fn large_series_give_small_files() {
    let n = 200_000;
    let y: Vec<f64> = (0..n).map(|i| (f64::from(i) * 0.618).fract()).collect();
    for style in [Style::Line, Style::Points, Style::LinePoints] {
        let series = Series::new("trace", (0..n).map(f64::from).collect(), y.clone()).style(style);
        let file = svg(&only(series)).content;
        assert!(file.len() < 4_000_000, "{style:?}: {}", file.len());
    }
}

#[test]
fn the_terminal_has_the_asked_size_and_the_labels() {
    for (figure, curves) in [(binder(), true), (with(binder(), field(9, 7)), true), (Figure::default(), false)] {
        for (w, h) in [(80, 24), (120, 40), (40, 12), (20, 6), (7, 3), (1, 1), (200, 2)] {
            for colour in [false, true] {
                let text = terminal(&figure, w, h, colour).content;
                assert!(has_size(&bare(&text), w, h), "{w}x{h}\n{text}");
                if h >= 12 {
                    assert_eq!(colour && curves, text.contains("\x1b[38;5;32m"), "the colour of the first curve");
                }
            }
        }
    }
    assert_eq!(terminal(&binder(), 0, 0, true).content, "");
    let text = terminal(&binder(), 80, 24, false).content;
    for part in ["Binder cumulant", "U₄", "T_c", "┊", "● 8", "■ 16", "▲ 32", "2.25", "0.2"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn braille_dots_follow_the_data() {
    let rising = Series::new("s", vec![0.0, 1.0], vec![0.0, 1.0]).style(Style::Line);
    let figure = only(rising);
    let text = terminal(&figure, 40, 20, false).content;
    let columns: Vec<usize> =
        text.lines().filter_map(|l| l.chars().position(|c| ('\u{2801}'..='\u{28ff}').contains(&c))).collect();
    assert!(columns.len() > 8 && columns.windows(2).all(|w| w[1] < w[0]), "{text}");
}

#[test]
fn spins_are_two_sites_a_character() {
    assert_eq!(spins(&[1, -1, 1, -1, 1, 1], 2, 3, 80, 24, false), "█ \n▀▀");
    assert_eq!(spins(&[1, -1, -1, 1], 2, 2, 80, 24, false), "▀▄");
    let text = spins(&vec![1; 100 * 90], 100, 90, 40, 10, false);
    assert!(
        text.lines().count() <= 10 && text.lines().all(|l| l.chars().count() <= 40 && l.chars().all(|c| c == '█' || c == '▀'))
    );
    assert_eq!(bare(&spins(&[0, 1, 2, 0, 1, 2], 3, 2, 80, 24, true)), "▀▀▀");
    assert_eq!(spins(&[1, 1, 1], 2, 2, 80, 24, false), "");
    assert_eq!(spins(&[], 0, 0, 80, 24, true), "");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0f64,
        1 => Just(0.0),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
        1 => Just(f64::MAX),
        1 => Just(5e-324),
        2 => any::<f64>(),
    ]
}

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(any_number(), 0..12)
}

fn any_series() -> impl Strategy<Value = Layer> {
    let style = prop::sample::select(STYLES.to_vec());
    let errors = (prop::option::of(numbers()), prop::option::of(numbers()));
    (prop::option::of(".{0,12}"), numbers(), numbers(), errors, style)
        .prop_map(|(label, x, y, (error, x_error), style)| Layer::Series(Series { label, x, y, error, x_error, style }))
}

fn any_axis() -> impl Strategy<Value = Axis> {
    let scale = prop::sample::select(vec![Scale::Linear, Scale::Log]);
    (prop::option::of(".{0,20}"), scale, prop::option::of([any_number(), any_number()]), any::<bool>())
        .prop_map(|(label, scale, range, reversed)| Axis { label, scale, range, reversed })
}

fn any_field() -> impl Strategy<Value = Layer> {
    let centres = || prop::collection::vec(any_number(), 1..4);
    let ordered = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        v.dedup();
        v
    };
    let styles = vec![FieldStyle::Heat, FieldStyle::Contour, FieldStyle::Surface, FieldStyle::Categories];
    let scale = prop::option::of(prop::sample::select(vec![Scale::Linear, Scale::Log]));
    let colours = prop::sample::select(vec![Colours::Auto, Colours::Sequential, Colours::Diverging]);
    let view = (any_number(), any_number(), any::<bool>());
    let settings = (prop::sample::select(styles), scale, colours, prop::option::of(numbers()), any::<bool>(), view);
    let range = prop::option::of([any_number(), any_number()]);
    (centres(), centres(), prop::collection::vec(any_number(), 9), ".{0,9}", range, settings).prop_map(
        move |(x, y, z, label, range, (style, scale, colours, levels, bare, (azimuth, elevation, perspective)))| {
            let (x, y) = (ordered(x), ordered(y));
            let z = z[..x.len() * y.len()].to_vec();
            let view = View { azimuth, elevation, perspective };
            Layer::Field(Field {
                x,
                y,
                z,
                label: Some(label),
                style,
                scale,
                range,
                levels,
                colours,
                bare,
                view,
                ..Field::default()
            })
        },
    )
}

fn any_layer() -> impl Strategy<Value = Layer> {
    let label = || prop::option::of(".{0,9}");
    let mark = (prop::option::of(any_number()), prop::option::of(any_number()), label(), any::<bool>());
    let mark = mark.prop_map(|(x, y, label, text_only)| Layer::Mark(Mark { x, y, label, text_only }));
    let histogram = (label(), numbers(), numbers(), prop::option::of(numbers()))
        .prop_map(|(label, edges, density, error)| Layer::Histogram(Histogram { label, edges, density, error }));
    let raster = (label(), any::<i64>(), prop::collection::vec(numbers(), 0..4))
        .prop_map(|(label, first, events)| Layer::Raster(Raster { label, first, events, over: None }));
    let trajectory = (label(), numbers(), numbers(), prop::option::of(numbers()))
        .prop_map(|(label, x, y, z)| Layer::Trajectory(Trajectory { label, x, y, z }));
    prop_oneof![4 => any_series(), 2 => mark, 1 => histogram, 1 => raster, 1 => trajectory, 2 => any_field()]
}

fn any_figure() -> impl Strategy<Value = Figure> {
    let legend = prop::sample::select(vec![Legend::Auto, Legend::Right, Legend::TopLeft, Legend::BottomRight, Legend::Hidden]);
    let panel = (prop::option::of(".{0,9}"), any_axis(), any_axis(), prop::collection::vec(any_layer(), 0..6))
        .prop_map(|(title, x, y, layers)| Panel { title, x, y, layers });
    let shares = (any::<bool>(), any::<bool>(), 0usize..4, prop::option::of(any_number()));
    (prop::collection::vec(panel, 0..4), shares, legend, (any_number(), any_number())).prop_map(
        |(panels, (share_x, share_y, columns, aspect), legend, (width_cm, height_cm))| Figure {
            panels,
            share_x,
            share_y,
            columns,
            aspect,
            legend,
            width_cm,
            height_cm,
            ..Figure::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_figure_draws(figure in any_figure(), w in 1usize..100, h in 1usize..40, colour: bool) {
        read(&svg(&figure).content);
        let text = terminal(&figure, w, h, colour).content;
        prop_assert_eq!(text.split('\n').count(), h);
        for line in bare(&text).split('\n') {
            prop_assert_eq!(terminal::columns(line), w);
        }
    }
}
