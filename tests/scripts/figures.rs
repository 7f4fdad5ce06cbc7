//! Figures that a script writes: rasters of states and events, and the kinds of files.

use crate::common::{self, Folder};
use ann_lang::plot::{Figure, Layer, Raster};
use ann_lang::session::{self, Line, Quiet};

/// The figures of a script, by name.
fn figures(text: &str) -> Vec<(String, Figure)> {
    let lines = common::run(text).lines.into_iter();
    lines.filter_map(|l| if let Line::Figure { name, figure } = l { Some((name, *figure)) } else { None }).collect()
}

fn rasters(figure: &Figure) -> Vec<&Raster> {
    figure.panels.iter().flat_map(|p| &p.layers).filter_map(|l| if let Layer::Raster(r) = l { Some(r) } else { None }).collect()
}

/// Three spins without energy.
const FREE: &str = "use std.lattice
model free() {
    spins s on chain(3) in {-1, +1}
    energy = sum(i in s: s[i] * 0)
}
";

#[test]
fn kept_states_are_rasters_over_time() {
    let script = format!(
        "{FREE}sample run over T in [1, 2] {{
    model: free(), temperature: T, method: heat_bath, sweeps: 12, warmup: 0, every: 2, chains: 2
    observe {{ m = mean(s) }}
    keep {{ states: every 4 sweeps }}
}}
plot on {{ field: run.at(T: 2).states, style: raster, size: [8, 5] }}
plot flips {{ field: run.states, style: flips, panels: T }}
plot chains {{ field: run.at(T: 1).states, style: raster, panels: chain }}
plot heat {{ field: run.states.at(T: 2) }}
"
    );
    let outcome = common::run(&script);
    // Two chains of three states of three spins.
    let kept = |point: usize| match &outcome.result.tasks[0].points[point].as_ref().unwrap().kept[0].1 {
        ann_lang::results::Kept::States { chains: 2, samples: 3, sites: 3, data } => data.clone(),
        other => panic!("{other:?}"),
    };
    let state = |point: usize, chain: usize, time: usize, unit: usize| kept(point)[(chain * 3 + time) * 3 + unit];
    // The first measurement follows the second sweep, and states are kept at every other one.
    let times = [2.0, 6.0, 10.0];
    let rows = |on: &dyn Fn(usize, usize) -> bool| -> Vec<Vec<f64>> {
        (0..3).map(|unit| (0..3).filter(|t| on(*t, unit)).map(|t| times[t]).collect()).collect()
    };
    let all = figures(&script);
    let of = |name: &str| &all.iter().find(|f| f.0 == name).expect(name).1;
    let raster = rasters(of("on"))[0].clone();
    assert_eq!(raster.events, rows(&|t, u| state(1, 0, t, u) > 0.0));
    assert_eq!((raster.first, raster.over), (0, Some([2.0, 10.0])));
    for (point, raster) in rasters(of("flips")).into_iter().enumerate() {
        assert_eq!(raster.events, rows(&|t, u| t > 0 && state(point, 0, t, u) != state(point, 0, t - 1, u)));
    }
    for (chain, raster) in rasters(of("chains")).into_iter().enumerate() {
        assert_eq!(raster.events, rows(&|t, u| state(0, chain, t, u) > 0.0));
    }
    assert_eq!((rasters(of("flips")).len(), rasters(of("chains")).len()), (2, 2));
    let Layer::Field(field) = &of("heat").panels[0].layers[0] else { panic!("no field") };
    let wanted: Vec<f64> = (0..3).flat_map(|u| (0..3).map(move |t| (u, t))).map(|(u, t)| f64::from(state(1, 0, t, u))).collect();
    assert_eq!((&field.x, &field.y, &field.z), (&times.to_vec(), &vec![0.0, 1.0, 2.0], &wanted));
}

#[test]
fn units_of_a_boltzmann_machine_are_a_raster() {
    let all = figures(
        "model machine() {
    spins v on 0..4 in {0, 1}
    spins h on 0..2 in {0, 1}
    energy = -sum(i in v, j in h: 3 * v[i] * h[j]) + 100 * sum(i in v: v[i]) - 1000 * sum(j in h: h[j])
}
sample run { model: machine(), temperature: 1, sweeps: 5, warmup: 10, chains: 1, method: heat_bath, observe { n = sum(h) }, keep { states: all } }
plot units { field: run.states, style: raster }
",
    );
    // Visible units are off, hidden units are on.
    let (off, on) = (vec![], vec![1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(rasters(&all[0].1)[0].events, [off.clone(), off.clone(), off.clone(), off, on.clone(), on]);
}

#[test]
fn events_and_arrays_are_rasters() {
    let all = figures(
        "plot spikes { events: [[0.1, 0.4], [], [0.2]], marks: [0.3], size: [7, 4], x_label: \"t (s)\", y_label: \"neuron\" }
plot table { events: [[1, 2], [3, 4]] }
plot matrix { field: [[0, 1, 2], [1, -1, 0]], style: raster }
",
    );
    let events: Vec<_> = all.iter().map(|(_, f)| rasters(f)[0].events.clone()).collect();
    assert_eq!(events[0], [vec![0.1, 0.4], vec![], vec![0.2]]);
    assert_eq!(events[1], [vec![1.0, 2.0], vec![3.0, 4.0]]);
    assert_eq!(events[2], [vec![1.0, 2.0], vec![0.0]]);
    insta::assert_snapshot!("raster_svg", ann_lang::plot::svg(&all[0].1).content);
}

#[test]
fn figures_are_written_in_the_formats_that_are_named() {
    let folder = Folder::new("formats");
    let loaded = common::load(
        "plot usual { field: [[1, 2], [3, 4]] }
plot paper { field: [[1, 2], [3, 4]], formats: pdf, size: [8.5, 6] }
plot all { field: [[1, 2], [3, 4]], formats: [pdf, svg, png, pdf] }
",
    );
    let options = session::RunOptions { figures: true, ..common::options(Some(&folder.file("out.h5")), 1) };
    session::run(&loaded, &options, &Quiet).unwrap_or_else(|d| panic!("{d:?}"));
    let mut found: Vec<String> = std::fs::read_dir(&folder.0)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("out_"))
        .collect();
    found.sort();
    assert_eq!(found, ["out_all.pdf", "out_all.png", "out_all.svg", "out_paper.pdf", "out_usual.png", "out_usual.svg"]);
    let pdf = std::fs::read(folder.file("out_paper.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let text = String::from_utf8_lossy(&pdf);
    let page = text.split("/MediaBox").nth(1).and_then(|t| t.split(['[', ']']).nth(1)).expect("a page").to_string();
    let numbers: Vec<f64> = page.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    // 8.5 and 6 cm in points of 1/72 inch.
    assert!((numbers[2] - 240.94).abs() < 0.1 && (numbers[3] - 170.08).abs() < 0.1, "{page}");
}
