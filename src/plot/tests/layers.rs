//! What each kind of layer draws, in the SVG and in the terminal.

use super::*;

fn of(f: impl Fn(f64, f64) -> f64, n: usize, style: FieldStyle) -> Field {
    let at: Vec<f64> = (0..n).map(|k| 2.0 * k as f64 / (n - 1) as f64 - 1.0).collect();
    let z = at.iter().flat_map(|y| at.iter().map(|x| f(*x, *y)).collect::<Vec<_>>()).collect();
    Field { x: at.clone(), y: at, z, style, label: Some("z".into()), ..Field::default() }
}

fn on(field: Field) -> Figure {
    Figure::of(Panel::new(Axis::new("a"), Axis::new("b")).with(field))
}

const ALL: [FieldStyle; 4] = [FieldStyle::Heat, FieldStyle::Contour, FieldStyle::Surface, FieldStyle::Categories];

/// All numbers in attributes of places lie within the page, but for what is cut by a frame.
fn on_page(source: &str) {
    let tree = usvg::Tree::from_str(source, &png_options_for_tests()).expect("well-formed SVG");
    let (page, drawn) = (tree.size(), tree.root().abs_layer_bounding_box());
    assert!(drawn.left() >= -0.5 && drawn.top() >= -0.5, "{drawn:?}");
    assert!(drawn.right() <= page.width() + 0.5 && drawn.bottom() <= page.height() + 0.5, "{drawn:?} in {page:?}");
}

fn panels() -> Figure {
    let bowl = |x: f64, y: f64| x * x + 2.0 * y * y + 0.1;
    let path = Trajectory { label: Some("way".into()), x: vec![-0.9, -0.2, 0.0], y: vec![0.8, 0.4, 0.0], z: None };
    let mut panels: Vec<Panel> = ALL
        .into_iter()
        .map(|style| Panel::new(Axis::new("a"), Axis::new("b")).with(of(bowl, 15, style)).with(path.clone()))
        .collect();
    let raster = Raster { label: Some("spikes".into()), first: 0, events: vec![vec![0.1, 0.4], vec![], vec![0.2]], over: None };
    let edges = vec![0.0, 0.5, 1.0, 2.0];
    let bins = Histogram { label: Some("bins".into()), edges, density: vec![1.0, 2.0, 0.5], error: Some(vec![0.1; 3]) };
    panels.push(Panel::default().with(raster));
    panels.push(Panel::default().title("bins").with(bins).with(Mark::text(1.0, 1.0, "here")));
    Figure { panels, columns: 3, ..Figure::default() }.title("all kinds").size(24.0, 16.0)
}

#[test]
fn every_kind_stays_on_the_page() {
    for (width, height) in [(24.0, 16.0), (17.0, 11.0), (40.0, 12.0)] {
        let source = svg(&panels().size(width, height)).content;
        read(&source);
        on_page(&source);
    }
    for style in ALL {
        for aspect in [None, Some(0.5), Some(3.0)] {
            on_page(&svg(&Figure { aspect, ..on(of(|x, y| x - y, 9, style)).title("a title") }).content);
        }
        // From all sides.
        for azimuth in [0.0, 45.0, 90.0, 135.0, 200.0, 260.0, -60.0] {
            for perspective in [true, false] {
                let view = View { azimuth, elevation: 20.0, perspective };
                on_page(&svg(&on(Field { view, ..of(|x, y| x * y, 7, style) })).content);
            }
        }
    }
}

#[test]
fn drawings_are_the_same_again() {
    assert_eq!(svg(&panels()), svg(&panels()));
    assert_eq!(png(&panels(), 60.0), png(&panels(), 60.0));
    assert_eq!(terminal(&panels(), 120, 40, true), terminal(&panels(), 120, 40, true));
}

#[test]
fn degenerate_fields_draw() {
    let with_hole = |x: f64, y: f64| if x.hypot(y) < 0.3 { f64::NAN } else { x };
    let infinite = |x: f64, _: f64| {
        if x > 0.9 {
            f64::INFINITY
        } else if x < -0.9 {
            f64::NEG_INFINITY
        } else {
            x
        }
    };
    let fields: [&dyn Fn(f64, f64) -> f64; 7] =
        [&|_, _| 0.0, &|_, _| 3.5, &with_hole, &infinite, &|_, _| f64::NAN, &|x, _| 1e300 * x, &|x, y| 1e-300 * (x + y)];
    for f in fields {
        for style in ALL {
            for scale in [None, Some(Scale::Log), Some(Scale::Linear)] {
                for n in [2, 3, 12] {
                    let figure = on(Field { scale, ..of(f, n, style) });
                    let figure =
                        with(figure, Trajectory { x: vec![0.0, f64::NAN, 5.0], y: vec![0.0; 3], ..Trajectory::default() });
                    read(&svg(&figure).content);
                    assert!(has_size(&terminal(&figure, 60, 20, false).content, 60, 20));
                }
            }
        }
    }
    let thin = Field { x: vec![1.0], y: vec![1.0, 2.0], z: vec![0.0, 1.0], style: FieldStyle::Surface, ..Field::default() };
    assert!(svg_notes(&on(thin)).contains("two places along each axis"));
}

#[test]
fn large_fields_give_small_files() {
    let noise = |x: f64, y: f64| ((x * 12.9898 + y * 78.233) * 43758.5453).fract();
    for style in [FieldStyle::Heat, FieldStyle::Contour, FieldStyle::Surface] {
        for f in [&(|x: f64, y: f64| x * y) as &dyn Fn(f64, f64) -> f64, &noise] {
            let file = svg(&on(of(f, 401, style))).content;
            assert!(file.len() < 2_500_000, "{style:?}: {}", file.len());
        }
    }
}

#[test]
fn fine_heat_maps_are_pictures_that_the_png_shows() {
    let figure = on(of(|x, _| if x < 0.0 { 0.0 } else { 1.0 }, 101, FieldStyle::Heat));
    assert_eq!(svg(&figure).content.matches("<image").count(), 1);
    let pixmap = resvg::tiny_skia::Pixmap::decode_png(&png(&figure, 100.0).expect("a picture").content).expect("a PNG file");
    let count = |c: palette::Colour| pixmap.pixels().iter().filter(|p| (p.red(), p.green(), p.blue()) == (c.0, c.1, c.2)).count();
    let (low, high) = (count(palette::sequential(0.0)), count(palette::sequential(1.0)));
    assert!(low > 20_000 && high > 20_000, "{low} {high}");
    // A logarithmic axis: cells of unequal size.
    let mut figure = on(of(|x, y| x + y, 101, FieldStyle::Heat));
    if let Layer::Field(f) = &mut figure.panels[0].layers[0] {
        f.x.iter_mut().for_each(|x| *x = libm::exp10(*x));
    }
    figure.panels[0].x.scale = Scale::Log;
    assert_eq!(svg(&figure).content.matches("<image").count(), 1);
}

#[test]
fn contours_run_where_the_field_has_their_level() {
    // A cone: its lines are circles whose radii are the levels.
    let field = Field { levels: Some(vec![0.25, 0.5]), ..of(|x, y| x.hypot(y), 81, FieldStyle::Contour) };
    let unit = scale::Range::fit(&Axis::default(), Some((-1.0, 1.0)), [0.0; 2]).0;
    let grid = super::super::field::grid::Grid::new(&field, Scale::Linear, Scale::Linear).expect("a grid").0;
    let shown = super::super::field::Shown::new(grid, &field, &unit, &unit).0;
    let found = super::super::field::contour::contours(&shown);
    assert_eq!(found.len(), 3);
    for (contour, radius) in found[1..].iter().zip([0.25, 0.5]) {
        assert_eq!(contour.lines.len(), 1);
        let line = &contour.lines[0];
        assert_eq!(line.first(), line.last());
        for (x, y) in line {
            let r = (2.0 * x - 1.0).hypot(2.0 * y - 1.0);
            assert!((r - radius).abs() < 2e-3, "{r} for {radius}");
        }
        // The area above the level by the shoelace formula: the square without the disc.
        let shoelace = |l: &Vec<(f64, f64)>| -> f64 {
            l.iter().zip(l.iter().cycle().skip(1)).map(|(a, b)| (a.0 * b.1 - b.0 * a.1) / 2.0).sum()
        };
        let area: f64 = contour.area.iter().map(shoelace).sum();
        assert!((area - (1.0 - std::f64::consts::PI * radius * radius / 4.0)).abs() < 2e-3, "{area}");
    }
}

#[test]
fn contours_keep_clear_of_holes_and_number_their_levels() {
    let plane = |x: f64, y: f64| if x > 0.3 && y > 0.3 { f64::NAN } else { x };
    let source = svg(&on(of(plane, 31, FieldStyle::Contour))).content;
    for text in [">−0.5</text>", ">0.5</text>"] {
        assert!(source.matches(text).count() >= 2, "{text} beside the bar and on a line");
    }
    let wide = |x: f64, y: f64| libm::exp10(2.0 * x + y);
    assert!(svg(&on(of(wide, 31, FieldStyle::Contour))).content.contains(">10<"), "logarithmic levels");
}

#[test]
fn a_surface_hides_what_lies_behind_it() {
    let wall = |_: f64, y: f64| if y.abs() < 0.3 { 1.0 } else { 0.0 };
    let view = View { azimuth: -90.0, elevation: 15.0, perspective: true };
    let field = Field { view, ..of(wall, 41, FieldStyle::Surface) };
    let unit = scale::Range::fit(&Axis::default(), Some((-1.0, 1.0)), [0.0; 2]).0;
    let grid = super::super::field::grid::Grid::new(&field, Scale::Linear, Scale::Linear).expect("a grid").0;
    let shown = super::super::field::Shown::new(grid, &field, &unit, &unit).0;
    let camera = super::super::field::surface::Camera::new(&view);
    let seen = |x, y, z| super::super::field::surface::visible(&shown, &camera, [x, y, z]);
    assert!(seen(0.5, 0.1, 0.0) && seen(0.5, 0.5, 1.0) && !seen(0.5, 0.9, 0.0));
    // Every facet is drawn once, and a nearer one after a farther one of its column.
    let facets = super::super::field::surface::facets(&shown, &camera);
    assert_eq!(facets.len(), 1600);
    for pair in facets.windows(2).filter(|w| w[0].cell.0 == w[1].cell.0) {
        assert!(pair[1].cell.1 < pair[0].cell.1, "{:?} {:?}", pair[0].cell, pair[1].cell);
    }
}

#[test]
fn panels_share_axes_and_a_legend() {
    let panel = |shift: f64| {
        let curve = |l: f64| Series::new(format!("L = {l}"), vec![0.0, 1.0], vec![shift, l]);
        Panel::new(Axis::new("T"), Axis::new("m")).with_all([curve(8.0), curve(16.0)])
    };
    let apart = Figure { panels: vec![panel(0.0), panel(5.0), panel(9.0)], columns: 1, ..Figure::default() };
    let shared = Figure { share_x: true, share_y: true, ..apart.clone() };
    let count = |figure: &Figure, text: &str| svg(figure).content.matches(text).count();
    for figure in [&apart, &shared] {
        assert_eq!(count(figure, ">L = 8<"), 1, "one common legend");
    }
    assert_eq!((count(&apart, ">T</text>"), count(&shared, ">T</text>")), (3, 1));
    assert_eq!(Figure { panels: vec![Panel::default(); 5], ..Figure::default() }.rows_and_columns(), (2, 3));
}

#[test]
fn phase_diagrams_name_their_kinds() {
    let names = ["para", "ferro", "glass"].map(String::from).to_vec();
    let field = Field {
        categories: names,
        ..of(
            |x, y| {
                if x > 0.0 {
                    1.0
                } else if y > 0.0 {
                    0.0
                } else {
                    7.0
                }
            },
            9,
            FieldStyle::Categories,
        )
    };
    let source = svg(&on(field.clone())).content;
    for name in [">para<", ">ferro<", ">7<"] {
        assert!(source.contains(name), "{name}");
    }
    assert!(!source.contains(">glass<"), "a kind that does not occur");
    let text = terminal(&on(field), 60, 20, false).content;
    assert!(text.contains("para") && text.contains("░"), "{text}");
}

#[test]
fn histograms_rasters_and_sticks_have_their_form() {
    let edges = vec![0.0, 1.0, 2.0, 4.0];
    let bins = Histogram { edges: edges.clone(), density: vec![1.0, f64::NAN, 2.0], ..Histogram::default() };
    let figure = Figure::of(Panel::default().with(bins));
    let drawing = svg(&figure);
    assert!(drawing.notes.iter().any(|n| n.contains("1 of 3 bins")), "{:?}", drawing.notes);
    let fill = drawing.content.lines().find(|l| l.contains("fill-opacity=\"0.3\"")).expect("the area").to_string();
    assert_eq!(fill.matches('Z').count(), 2);
    assert!(terminal(&figure, 40, 12, false).content.contains('█'));

    let raster = Raster { events: vec![vec![0.0, 1.0, f64::NAN], vec![0.5]], ..Raster::default() };
    let source = svg(&Figure::of(Panel::default().with(raster))).content;
    let ticks = source
        .lines()
        .find(|l| l.contains("stroke=\"#222222\" stroke-width=\"0.8\"") && l.contains("<path d=\"M"))
        .expect("ticks");
    assert_eq!(ticks.matches('M').count(), 3);

    let sticks = Series::new("s", vec![1.0, 2.0, 3.0], vec![5.0, 0.5, 0.05]).style(Style::Sticks);
    let log = Figure::of(Panel::new(Axis::new("k"), Axis::new("y").log()).with(sticks));
    assert!(svg(&log).content.contains("stroke-width=\"3.4\""), "heads");
}

#[test]
fn errors_in_x_have_caps() {
    let point = Series::new("s", vec![1.0], vec![1.0]).x_error(vec![0.5]).style(Style::Points);
    let source = svg(&only(point)).content;
    let bars = source.lines().find(|l| l.contains("stroke-width=\"0.8\"") && l.contains("#0072b2")).expect("an error bar");
    assert_eq!(bars.matches('M').count(), 3);
}

/// The first row of a field on a reversed axis is on top, in the page and in the terminal; ticks follow.
#[test]
fn a_reversed_axis_turns_its_field() {
    for style in ALL.into_iter().filter(|s| *s != FieldStyle::Surface) {
        let z = vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
        let image = Field { x: vec![0.0, 1.0, 2.0], y: vec![0.0, 1.0, 2.0], z, style, ..Field::default() };
        let shown = |x: Axis, y: Axis| {
            let prepared = crate::plot::prepared::Prepared::new(&Figure::of(Panel::new(x, y).with(image.clone())));
            let panel = prepared.panels.into_iter().next().expect("a panel");
            let at = panel.y.place(0.0).expect("a place");
            let ticks: Vec<f64> = panel.y.ticks(3).ticks.iter().map(|t| t.at).collect();
            assert!(ticks.windows(2).all(|w| w[0] < w[1]), "{ticks:?}");
            let field = panel.field.expect("a field");
            let value = |x: f64, y: f64| field.value(x, y).map(|v| v * if style == FieldStyle::Categories { 0.5 } else { 1.0 });
            (at, [value(0.0, 0.0), value(0.0, 0.5), value(0.0, 1.0), value(1.0, 0.5)])
        };
        let (upwards, downwards) = (Axis::new("y"), Axis::new("y").reversed());
        let (low, up) = shown(Axis::new("x"), upwards.clone());
        assert!(low < 0.2 && up == [Some(0.0), Some(0.5), Some(1.0), Some(0.5)], "{style:?}: {low} {up:?}");
        let (low, down) = shown(Axis::new("x"), downwards);
        assert!(low > 0.8 && down == [Some(1.0), Some(0.5), Some(0.0), Some(0.5)], "{style:?}: {low} {down:?}");
        let (_, mirrored) = shown(Axis::new("x").reversed(), upwards);
        assert_eq!(mirrored, up, "{style:?}");
    }
    // Columns change places where x is reversed.
    let row = Field { x: vec![0.0, 1.0], y: vec![0.0], z: vec![3.0, 5.0], ..Field::default() };
    let prepared =
        crate::plot::prepared::Prepared::new(&Figure::of(Panel::new(Axis::new("x").reversed(), Axis::new("y")).with(row)));
    let field = prepared.panels[0].field.as_ref().expect("a field");
    assert_eq!([field.value(0.2, 0.5), field.value(0.8, 0.5)], [Some(1.0), Some(0.0)]);
}
