//! Tables of trainings and probes, as people see them.

use super::own_axes::{probing, training};
use crate::results::*;
use crate::store::task_table;

/// The training, with a point that ended early, a missing one, a failed one and a warning.
fn troubled() -> TaskResult {
    let mut task = training(200);
    let early = task.points[1].as_mut().unwrap();
    for (_, q) in early.quantities.iter_mut().filter(|(n, _)| n == "train" || n == "test") {
        q.value[58..].iter_mut().for_each(|x| *x = f64::NAN);
    }
    early.warnings = vec![Warning { code: "W0109".into(), message: "the loss is not finite".into() }];
    task.points[2] = None;
    let failed = task.points[3].as_mut().unwrap();
    failed.failed = Some("no memory".into());
    failed.quantities.clear();
    task
}

/// The probe at three times two points.
fn spread() -> TaskResult {
    let mut task = probing();
    task.axes = training(1).axes;
    task.points = vec![task.points[0].clone(); 6];
    let sharp = &mut task.points[1].as_mut().unwrap().quantities[0].1;
    sharp.value[0] = f64::NAN;
    sharp.value[1] = f64::INFINITY;
    task.points[2].as_mut().unwrap().quantities[0].1.value.fill(f64::NAN);
    task.points[4] = None;
    task
}

#[test]
fn trainings_and_probes_have_a_table_for_each_set_of_axes() {
    let mut alone = training(5);
    alone.axes.clear();
    alone.points.truncate(1);
    let mut many = training(200);
    many.axes[1].coordinates = Coordinates::Int((0..30).collect());
    many.points = (0..60).map(|k| many.points[k / 30 * 3 + k % 3].clone()).collect();
    let mut only = probing();
    only.descriptions.truncate(1);
    let point = only.points[0].as_mut().unwrap();
    point.quantities.truncate(1);
    point.warnings = vec![Warning { code: "W0110".into(), message: "not converged".into() }];
    let text: String = [
        ("one training", &alone, usize::MAX),
        ("six trainings", &troubled(), 40),
        ("sixty trainings", &many, 14),
        ("one probe", &probing(), 12),
        ("six probes", &spread(), 16),
        ("a slice alone", &only, 40),
    ]
    .iter()
    .map(|(what, task, rows)| format!("### {what}\n{}\n", task_table(task, *rows)))
    .collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "snapshots" }, {
        insta::assert_snapshot!("tables_of_own_axes", text);
    });
}

#[test]
fn every_row_is_there_when_all_are_asked_for() {
    let text = task_table(&training(200), usize::MAX);
    assert!(!text.contains('…'), "{text}");
    // The numbers at points, two histories and the kinds, each with a head and a blank line before.
    assert_eq!(text.lines().count(), 7 + (2 + 6 * 201) + 2 * (2 + 6 * 41));
}

#[test]
fn results_that_lack_part_of_their_axes_are_shown_as_far_as_they_go() {
    let mut task = training(10);
    for (p, point) in task.points.iter_mut().flatten().enumerate() {
        let q = &mut point.quantities[0].1;
        (q.shape, q.error) = ([vec![3], vec![], vec![11, 2], vec![0], vec![2, 2], vec![11]][p].clone(), vec![]);
        q.value.resize(q.shape.iter().product(), 1.0);
        if p == 5 {
            q.value.truncate(4);
        }
    }
    task.descriptions[2].axes[0].coordinates = Coordinates::Int(vec![]);
    for rows in [1, 5, 40, usize::MAX] {
        let text = task_table(&task, rows);
        assert!(text.contains("epoch  train") && text.contains("width  run  final_loss") == (rows >= 6), "{text}");
    }
}
