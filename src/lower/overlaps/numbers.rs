//! The patterns, fields and functions of an energy of overlaps, as the kernel takes them: in ±1 spins.
//!
//! v = middle + half s for two-valued spins v. Knows the plan's arrays and the kernel's energy.

use super::super::instantiate::Instantiate;
use super::super::known::{Known, each_element};
use super::super::materials::Materials;
use super::super::normal_form::{NormalForm, Term};
use super::super::pairs::{Affine, affine, from_form};
use super::function::{Steps, Walk, coefficients, value};
use super::{Of, OverlapForm, Part};
use crate::kernels::overlap::{Form, OfSum, OverlapEnergy, Patterns, Program, Step, Two};
use crate::plan::expr::Array;
use crate::plan::{Domain, Expr, Model};
use std::sync::Arc;

/// One overlap: x_i of each site in ±1 spins, what is added, and what squares of single spins add up to.
struct Row {
    x: Vec<f64>,
    offset: f64,
    /// The numbers of the spins as they are.
    raw: Vec<f64>,
}

/// The energy of a model by its overlaps. Errors: an index out of range, or what is too large.
pub fn overlap_energy(materials: &Materials, model: &Model, form: &OverlapForm) -> Result<OverlapEnergy, String> {
    let maps = affine(model)?;
    let patterns = form.shape(materials)?.patterns;
    super::super::memory::check("the patterns", (patterns * model.sites() as f64 * 16.0) as u64)?;
    let linear = from_form(materials, model, &NormalForm { constant: 0.0, terms: form.linear.clone() }, &maps)?;
    let mut energy = OverlapEnergy { sites: model.sites(), constant: linear.constant, fields: linear.fields, groups: Vec::new() };
    energy.fields.resize(model.sites(), 0.0);
    for part in &form.parts {
        add(materials, model, part, &maps, &mut energy)?;
    }
    Ok(energy)
}

fn add(materials: &Materials, model: &Model, part: &Part, maps: &[Affine], energy: &mut OverlapEnergy) -> Result<(), String> {
    let quadratic = part.is_quadratic();
    let (mut numbers, mut offsets, mut squares) = (Vec::new(), Vec::new(), Vec::new());
    let mut steps = Steps::default();
    let mut sink = Known;
    let mut walk = Instantiate::new(materials, model, &mut sink, usize::MAX);
    let mut weights = Vec::new();
    if !quadratic {
        steps.add(&mut walk, &part.each)?;
    }
    let n = model.sites();
    walk.each(&part.over, &mut |walk| {
        for filter in &part.filters {
            if value(walk, filter)? == 0.0 {
                return Ok(());
            }
        }
        let mut factor = part.factor;
        for weight in &part.weights {
            factor *= value(walk, weight)?;
        }
        let row = row(walk, model, part, maps)?;
        if quadratic {
            let [c0, c1, c2] = coefficients(walk, &part.each)?.map(|c| factor * c);
            energy.constant += c0 + c1 * row.offset;
            for i in 0..n {
                energy.fields[i] -= c1 * row.x[i];
            }
            if part.without_squares {
                // (x v)² = x² (middle² + half² + 2 middle half s)
                for (i, raw) in row.raw.iter().enumerate().filter(|r| *r.1 != 0.0) {
                    let map = maps[variable_of(model, i)];
                    energy.constant -= c2 * raw * raw * (map.middle * map.middle + map.half * map.half);
                    energy.fields[i] += c2 * raw * raw * 2.0 * map.middle * map.half;
                }
            }
            squares.push(c2);
        } else {
            steps.pattern(walk)?;
            weights.push(factor);
        }
        numbers.extend_from_slice(&row.x);
        offsets.push(row.offset);
        Ok(())
    })?;
    let form = if quadratic {
        Form::Quadratic(squares)
    } else {
        let each = weighted(steps.finish()?, &weights, &part.of)?;
        let of = match &part.of {
            Of::Itself => OfSum::Itself,
            Of::Function(factor, g) => OfSum::Function(outer(&mut walk, g, *factor)?),
            Of::LogSumExp(factor, g) => OfSum::LogSumExp(outer(&mut walk, g, *factor)?),
        };
        Form::Function { each, of }
    };
    energy.groups.push(Patterns { numbers: Arc::new(numbers), offsets, form });
    Ok(())
}

/// factor × G
fn outer(walk: Walk, g: &Expr, factor: f64) -> Result<Program, String> {
    let mut steps = Steps::default();
    steps.add(walk, g)?;
    steps.pattern(walk)?;
    let of = steps.finish()?;
    if factor == 1.0 { Ok(of) } else { times(of, Step::Number(factor), Two::Multiply) }
}

/// The function of each pattern with its weight: a factor, or for logarithms of sums the logarithm of one.
fn weighted(each: Program, weights: &[f64], of: &Of) -> Result<Program, String> {
    let logarithmic = matches!(of, Of::LogSumExp(..));
    let weights: Vec<f64> = if logarithmic { weights.iter().map(|w| libm::log(*w)).collect() } else { weights.to_vec() };
    let neutral = if logarithmic { 0.0 } else { 1.0 };
    if weights.iter().all(|w| *w == neutral) {
        return Ok(each);
    }
    if weights.iter().any(|w| w.is_nan() || w.is_infinite()) {
        return Err("weights of a sum of exponentials are not all positive".into());
    }
    let step = match weights[..] {
        [first, ..] if weights.iter().all(|w| *w == first) => Step::Number(first),
        _ => Step::Column(Arc::new(weights)),
    };
    times(each, step, if logarithmic { Two::Add } else { Two::Multiply })
}

fn times(f: Program, step: Step, how: Two) -> Result<Program, String> {
    let mut steps = f.steps().to_vec();
    let last = steps.len() - 1;
    steps.push(step);
    steps.push(Step::Two(how, last, last + 1));
    Program::new(steps)
}

fn variable_of(model: &Model, site: usize) -> usize {
    (0..model.variables.len()).rev().find(|&v| model.offset(v) <= site).unwrap_or(0)
}

/// The overlap at the present indices of the pattern.
fn row(walk: Walk, model: &Model, part: &Part, maps: &[Affine]) -> Result<Row, String> {
    let n = model.sites();
    let mut raw = vec![0.0; n];
    let mut offset = 0.0;
    for term in &part.overlap {
        if straight(walk, model, term, &mut raw)? {
            continue;
        }
        each_element(walk, model, term, &mut |c, components| {
            match components.first() {
                None => offset += c,
                Some(&(_, k)) => raw[k] += c,
            }
            Ok(())
        })?;
    }
    let mut x = raw.clone();
    for (v, map) in maps.iter().enumerate() {
        let first = model.offset(v);
        for x in &mut x[first..first + model.variables[v].sites] {
            offset += *x * map.middle;
            *x *= map.half;
        }
    }
    Ok(Row { x, offset, raw })
}

/// Σ_i c x_i s_i with rows of arrays, without looking at each element. Whether it was of this form.
fn straight(walk: Walk, model: &Model, term: &Term, raw: &mut [f64]) -> Result<bool, String> {
    let ([Domain::Range { local, start: 0, end }], [spin], []) = (&term.over[..], &term.spins[..], &term.filters[..]) else {
        return Ok(false);
    };
    let n = (*end).max(0) as usize;
    let own = Expr::Local(*local);
    if spin.site != own || n > model.variables[usize::from(spin.variable)].sites {
        return Ok(false);
    }
    let mut c = term.coefficient;
    let mut rows: Vec<(Numbers, usize)> = Vec::new();
    for weight in &term.weights {
        if !weight.contains(&|e| *e == own) {
            c *= value(walk, weight)?;
            continue;
        }
        let Some((data, shape, indices)) = array(walk.materials, weight)? else { return Ok(false) };
        let Some((last, before)) = indices.split_last() else { return Ok(false) };
        if **last != own || before.iter().any(|e| e.contains(&|e| *e == own)) || shape.len() != indices.len() {
            return Ok(false);
        }
        let mut at = 0;
        for (e, &size) in before.iter().zip(&shape) {
            let k = value(walk, e)?;
            if !(k >= 0.0 && k < size as f64) {
                return Err(format!("an index is {k}, outside of 0..{size}"));
            }
            at = at * size + k as usize;
        }
        let width = shape[shape.len() - 1];
        if width < n {
            return Err(format!("an index reaches {}, its array has {width} elements", n - 1));
        }
        rows.push((data, at * width));
    }
    let first = model.offset(usize::from(spin.variable));
    for i in 0..n {
        raw[first + i] += rows.iter().fold(c, |c, (data, at)| c * data.all().get(at + i).copied().unwrap_or(f64::NAN));
    }
    Ok(true)
}

/// The numbers of an array of the plan.
enum Numbers {
    Known(Arc<Array>),
    Drawn(Arc<Vec<f64>>),
}

impl Numbers {
    fn all(&self) -> &[f64] {
        match self {
            Numbers::Known(array) => &array.data,
            Numbers::Drawn(values) => values,
        }
    }
}

/// The numbers, the shape, and all indices of an element of an array, `ξ[μ, i]` or `ξ[μ][i]`.
#[allow(clippy::type_complexity)]
fn array<'e>(materials: &Materials, e: &'e Expr) -> Result<Option<(Numbers, Vec<usize>, Vec<&'e Expr>)>, String> {
    Ok(match e {
        Expr::Index(base, own) => array(materials, base)?.map(|(data, shape, mut indices)| {
            indices.extend(own);
            (data, shape, indices)
        }),
        Expr::Array(a) => Some((Numbers::Known(a.clone()), a.shape.clone(), Vec::new())),
        Expr::Random(d) => Some((Numbers::Drawn(materials.draw(d)?), d.shape.clone(), Vec::new())),
        _ => None,
    })
}
