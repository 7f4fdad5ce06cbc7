//! The arguments of measurements: arrays over sites, the graph that they are on, directions, wave vectors.

use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::Builtin;
use crate::elaborate::symbolic::shape_text;
use crate::elaborate::value::{Eval, Value};
use crate::elaborate::{Elaborator, Stage};
use crate::plan::graph::{Bravais, Graph};
use crate::plan::{Expr, Space};
use std::sync::Arc;

/// An array over sites.
pub(super) struct Array {
    pub expr: Expr,
    pub shape: Vec<usize>,
    pub angles: bool,
}

impl Array {
    /// Numbers a site, after angles became unit vectors.
    pub fn components(&self) -> usize {
        if self.angles { 2 } else { self.shape.get(1).copied().unwrap_or(1) }
    }
}

impl Elaborator<'_> {
    /// An array over sites. `angles`: the argument that says whether it holds angles.
    pub(super) fn array(&mut self, b: &Builtin, a: &Arguments, k: usize, angles: Option<usize>) -> Eval<Array> {
        if self.stage != Stage::Observe {
            let d = Diagnostic::error(codes::NOT_HERE, a.span, format!("`{}` measures a state", b.name))
                .label("there is no state here")
                .help("measure it in `observe { ... }`; `estimate` then averages what was measured");
            return Err(self.fail(d));
        }
        let value = a.get(k);
        let s = self.lift(&value, a.place(k))?;
        if s.shape.is_empty() || s.shape.len() > 2 || !s.axes.is_empty() {
            let d = Diagnostic::error(codes::SHAPE, a.place(k), format!("`{}` measures an array over sites", b.name))
                .label(format!("this has {}", shape_text(&s.shape)))
                .expected("a variable of the model, or an elementwise function of one");
            return Err(self.fail(d));
        }
        let angles = match angles {
            Some(at) if a.has(at) => match a.get(at) {
                Value::Bool(x) => x,
                other => return self.wrong_type(&other, a.place(at), "`true` or `false`"),
            },
            // A variable of angles is known as one.
            Some(_) => matches!(&s.expr, Expr::Variable { variable, .. }
                if self.variables.get(usize::from(*variable)).is_some_and(|v| v.space == Space::Circle)),
            None => false,
        };
        if angles && s.shape.len() != 1 {
            let d = Diagnostic::error(codes::SHAPE, a.place(k), "angles are one number a site")
                .label(format!("this has {}", shape_text(&s.shape)));
            return Err(self.fail(d));
        }
        Ok(Array { expr: s.expr, shape: s.shape, angles })
    }

    /// An array of angles.
    pub(super) fn angles(&mut self, b: &Builtin, a: &Arguments, k: usize) -> Eval<Array> {
        let x = self.array(b, a, k, None)?;
        if x.shape.len() != 1 {
            let d = Diagnostic::error(codes::SHAPE, a.place(k), format!("`{}` measures angles", b.name))
                .label(format!("this has {}", shape_text(&x.shape)))
                .expected("one number a site, in radians");
            return Err(self.fail(d));
        }
        Ok(x)
    }

    /// Two arrays of one shape.
    pub(super) fn two_arrays(&mut self, b: &Builtin, a: &Arguments, angles: Option<usize>) -> Eval<(Array, Array)> {
        let (x, y) = (self.array(b, a, 0, angles)?, self.array(b, a, 1, angles)?);
        if x.shape != y.shape {
            let d = Diagnostic::error(codes::SHAPE, a.span, "the shapes of the two arrays do not fit")
                .label(format!("{} and {}", shape_text(&x.shape), shape_text(&y.shape)))
                .expected("equal shapes");
            return Err(self.fail(d));
        }
        Ok((x, y))
    }

    /// The graph that an array is on: the argument, or that of its variables.
    pub(super) fn graph_argument(&mut self, b: &Builtin, a: &Arguments, x: &Array, k: usize) -> Eval<u32> {
        let sites = x.shape[0];
        if a.has(k) {
            let value = a.get(k);
            let Some(graph) = self.graph_of(&value) else {
                return self.wrong_type(&value, a.place(k), "a lattice or another graph");
            };
            let n = self.graph(graph).sites();
            if n != sites {
                let d = Diagnostic::error(codes::SHAPE, a.place(k), "the graph does not fit the array")
                    .label(format!("{n} sites"))
                    .related(a.place(0), format!("this has {sites}"));
                return Err(self.fail(d));
            }
            return Ok(graph);
        }
        let mut found = Vec::new();
        variables(&x.expr, &mut found);
        let graphs: Vec<Option<u32>> = found.iter().map(|&v| self.variables.get(usize::from(v)).and_then(|v| v.graph)).collect();
        match graphs.first() {
            Some(Some(g)) if graphs.iter().all(|h| h == &Some(*g)) && self.graph(*g).sites() == sites => Ok(*g),
            _ => {
                let d = Diagnostic::error(codes::MISSING_SETTING, a.span, format!("on which graph does `{}` measure?", b.name))
                    .label("the array's variables are on no graph, or on several")
                    .help("name it: `on: grid`");
                Err(self.fail(d))
            }
        }
    }

    /// The same, where it must be a lattice.
    pub(super) fn lattice_of(&mut self, b: &Builtin, a: &Arguments, x: &Array, k: usize) -> Eval<(u32, Bravais)> {
        let graph = self.graph_argument(b, a, x, k)?;
        match self.graph(graph) {
            Graph::Lattice(lattice) => Ok((graph, lattice.clone())),
            other => {
                let why = format!("{} has no directions", other.describe());
                self.lacks(b, a, "a lattice", &why, None)
            }
        }
    }

    /// The graph lacks what a measurement needs.
    pub(super) fn lacks<T>(&mut self, b: &Builtin, a: &Arguments, needs: &str, why: &str, way: Option<&str>) -> Eval<T> {
        let mut d = Diagnostic::error(codes::DOMAIN, a.span, format!("`{}` needs {needs}", b.name)).label(why.to_string());
        if let Some(way) = way {
            d = d.help(way.to_string());
        }
        Err(self.fail(d))
    }

    /// A direction of a lattice; `None` where none is given.
    pub(super) fn along_argument(&mut self, a: &Arguments, k: usize, lattice: &Bravais) -> Eval<Option<u16>> {
        if !a.has(k) {
            return Ok(None);
        }
        let d = self.whole(&a.get(k), a.place(k), "a direction")?;
        match u16::try_from(d).ok().filter(|&d| usize::from(d) < lattice.dimension()) {
            Some(d) => Ok(Some(d)),
            None => {
                let diagnostic = Diagnostic::error(codes::INDEX, a.place(k), format!("there is no direction {d}"))
                    .expected(format!("0 to {}", lattice.dimension() - 1));
                Err(self.fail(diagnostic))
            }
        }
    }

    /// The value of the sites that count, if only some do.
    pub(super) fn value_argument(&mut self, a: &Arguments, k: usize) -> Eval<Option<f64>> {
        if !a.has(k) {
            return Ok(None);
        }
        match a.get(k).number() {
            Some(x) => Ok(Some(x)),
            None => self.wrong_type(&a.get(k), a.place(k), "a number that is known"),
        }
    }

    /// One wave vector, as a tuple of whole numbers, or a list of them; and the shape of what is measured.
    #[allow(clippy::type_complexity)]
    pub(super) fn wave_vectors(&mut self, a: &Arguments, k: usize, d: usize) -> Eval<(Vec<Vec<i32>>, Vec<usize>)> {
        let one = |v: &Value| -> Option<Vec<i32>> {
            let whole = |v: &Value| v.integer().and_then(|i| i32::try_from(i).ok());
            match v {
                Value::List(items) if items.len() == d => items.iter().map(whole).collect(),
                single if d == 1 && whole(single).is_some() => whole(single).map(|i| vec![i]),
                _ => None,
            }
        };
        let value = a.get(k);
        if let Some(m) = one(&value) {
            return Ok((vec![m], vec![]));
        }
        if let Value::List(items) = &value
            && let Some(all) = items.iter().map(one).collect::<Option<Vec<_>>>()
            && !all.is_empty()
        {
            let n = all.len();
            return Ok((all, vec![n]));
        }
        let tuple = vec!["1"; d].join(", ");
        let d = Diagnostic::error(codes::TYPE, a.place(k), "wave vectors are whole numbers in units of 2π/L, one a direction")
            .label(format!("this is {}", value.kind_name()))
            .expected(if d == 1 { "a whole number, or a list".to_string() } else { format!("`({tuple})`, or a list of such") });
        Err(self.fail(d))
    }

    /// The distances between the sites of a graph.
    pub(super) fn distance_list(&mut self, graph: u32, within: f64, a: &Arguments) -> Eval<Arc<Vec<f64>>> {
        if let Some(known) = self.distance_lists.get(&(graph, within.to_bits())) {
            return Ok(known.clone());
        }
        if within.is_nan() || within < 0.0 {
            return self.error(codes::DOMAIN, a.place(1), "a distance is a number from 0");
        }
        match self.graph(graph).pair_distances(within) {
            Ok(distances) => {
                let list = Arc::new(distances.list);
                self.distance_lists.insert((graph, within.to_bits()), list.clone());
                Ok(list)
            }
            Err(reason) => self.error(codes::DOMAIN, a.span, reason),
        }
    }
}

/// The variables of an expression.
fn variables(e: &Expr, found: &mut Vec<u16>) {
    if let Expr::Variable { variable, .. } | Expr::Element { variable, .. } = e {
        found.push(*variable);
    }
    e.for_each_part(&mut |part| variables(part, found));
}
