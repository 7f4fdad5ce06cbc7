//! The driver of `probe`: looks at a landscape around a point.

use super::landscape::{Looker, Unlooked, columns, found};
use super::{Stopped, Surroundings};
use crate::lower::data::Stored;
use crate::plan::landscape::{At, Precision, ProbePoint};
use crate::results::{Kept, PointResult, Warning};

pub fn run(s: &Surroundings, p: &ProbePoint) -> Result<PointResult, Stopped> {
    match p.precision {
        Precision::F32 => probe::<f32>(s, p),
        Precision::F64 => probe::<f64>(s, p),
    }
}

fn probe<T: Stored>(s: &Surroundings, p: &ProbePoint) -> Result<PointResult, Stopped> {
    let failed = Stopped::Failed;
    let here = found(s.plan, s.before, p.subject, &p.at, p.seed).map_err(failed)?;
    let others = |at: &At| found(s.plan, s.before, p.subject, at, p.seed);
    let mut keys = s.task.labels(s.point);
    keys.push(format!("seed {}", p.seed));
    let mut looker: Looker<T> = Looker::new(s.plan, s.sets, p.subject, p.data, &s.task.name, keys, &others);
    if let Some((task, point)) = p.of {
        looker.path = path(s, task, point).unwrap_or_default();
        looker.times = times(s, (task, point));
    }
    looker.move_to(&here.point, &here.buffers);
    if let Some(name) = &here.diverged {
        looker.junk(name);
    }
    let mut begun = 0;
    let stop = || {
        s.watch.advanced(begun.min(1));
        begun += 1;
        s.watch.stop()
    };
    let looks = looker.looks(&p.looks, &|_| true, 0, stop).map_err(|e| match e {
        Unlooked::Stopped => Stopped::Interrupted,
        Unlooked::Failed(reason) => Stopped::Failed(reason),
    })?;
    s.watch.advanced(1);
    let times = looker.times.clone();
    let axes = |look: u32, part: u16| {
        let parts = p.looks[look as usize].what.parts(here.point.len(), times.as_ref());
        parts.get(part as usize).map(|p| p.axes.clone()).unwrap_or_default()
    };
    let quantities = columns(&p.columns, &looks, &axes).map_err(failed)?;
    let warnings = looker
        .warnings
        .iter()
        .map(|message| Warning { code: crate::diagnostic::codes::NOT_CONVERGED.0.to_string(), message: message.clone() })
        .chain(
            looker
                .diverged
                .iter()
                .map(|message| Warning { code: crate::diagnostic::codes::DIVERGED.0.to_string(), message: message.clone() }),
        )
        .collect();
    Ok(PointResult {
        hash: String::new(),
        kernel: match p.precision {
            Precision::F32 => "gradients in f32".into(),
            Precision::F64 => "gradients in f64".into(),
        },
        wall_seconds: 0.0,
        quantities,
        kept: vec![],
        warnings,
        failed: None,
    })
}

/// The parameters that a training kept on its way.
fn path(s: &Surroundings, task: u32, point: u32) -> Option<Vec<Vec<f64>>> {
    let name = &s.plan.tasks[task as usize].name;
    let result = s.before.iter().find(|t| t.name == *name)?.points.get(point as usize)?.as_ref()?;
    result.kept.iter().find(|(n, _)| n == "parameters").and_then(|(_, k)| match k {
        Kept::Array { shape, data, .. } if shape.len() == 2 && shape[1] > 0 => {
            // A training that ended early leaves the rest without numbers.
            Some(data.chunks(shape[1]).map(<[f64]>::to_vec).filter(|row| !row[0].is_nan()).collect())
        }
        _ => None,
    })
}

fn times(s: &Surroundings, (task, point): (u32, u32)) -> Option<crate::results::AxisValues> {
    match &s.plan.tasks[task as usize].work {
        crate::plan::Work::Train { points } => points.get(point as usize)?.looks.parameters.as_ref().map(|t| t.axis()),
        _ => None,
    }
}
