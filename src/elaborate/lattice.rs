//! Lattices: from a declaration in Ann and its arguments to a graph.

use super::scope::Scope;
use super::value::{BondRule, Eval, LatticeDefinition, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::graph::{Bonds, Boundary, Bravais, Graph};
use crate::syntax::ast::{self, Argument};
use std::rc::Rc;

/// What sites can be numbered with.
const MOST_SITES: f64 = 4_294_967_296.0;

impl Elaborator<'_> {
    /// The settings of a declaration, as far as they can be checked without arguments.
    pub(crate) fn check_lattice(&mut self, name: &ast::Name, settings: &[ast::Setting]) {
        for s in settings {
            if !super::settings::LATTICE.iter().any(|row| row.name == s.name.text) {
                self.unknown_setting("lattice", &s.name, super::settings::LATTICE);
            }
        }
        for needed in ["vectors", "size"] {
            if !settings.iter().any(|s| s.name.text == needed) {
                let d = Diagnostic::error(
                    codes::MISSING_SETTING,
                    name.span,
                    format!("the lattice `{}` has no `{needed}`", name.text),
                )
                .expected(if needed == "vectors" { "`vectors: [[1, 0], [0, 1]]`" } else { "`size: [L, L]`" });
                self.fail(d);
            }
        }
    }

    /// A lattice with its arguments. `boundary` is an argument of every lattice.
    pub(crate) fn build_lattice(
        &mut self,
        definition: &Rc<LatticeDefinition>,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval {
        let declares = definition.params.iter().any(|p| p.name.text == "boundary");
        let mut boundary = None;
        let mut rest = Vec::new();
        for a in arguments {
            match &a.name {
                Some(n) if n.text == "boundary" && !declares => boundary = Some(&a.value),
                _ => rest.push(a.clone()),
            }
        }
        let boundary_value = match boundary {
            Some(e) => Some((self.eval(e, scope)?, e.span)),
            None => None,
        };
        let (values, _) = self.bind_closure(&definition.name, &definition.params, &rest, span, scope)?;
        let mut key = format!("{:p}", Rc::as_ptr(definition));
        for v in values.iter().chain([&boundary_value.as_ref().map(|b| b.0.clone())]) {
            match v {
                Some(v) => super::value::fingerprint(v, &mut key),
                None => key.push('_'),
            }
            key.push(';');
        }
        if let Some(known) = self.lattices.get(&key) {
            return known.map(Value::Graph).ok_or(super::value::Failed);
        }
        let library = self.is_library(definition.span.source);
        let before = self.caller;
        if library && before.is_none() {
            self.caller = Some(span);
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Plain);
        let result = self.deeper(span, |e| {
            let inner =
                e.parameter_scope(&definition.name, &definition.params, &definition.requires, values, &definition.scope, span)?;
            e.lattice_settings(definition, &inner, boundary_value, span)
        });
        self.stage = stage;
        self.caller = before;
        // A failed lattice is not remembered: each place that asks for it is told.
        if let Ok(index) = result {
            self.lattices.insert(key, Some(index));
        }
        result.map(Value::Graph)
    }

    fn lattice_settings(
        &mut self,
        definition: &LatticeDefinition,
        scope: &Rc<Scope>,
        boundary: Option<(Value, Span)>,
        span: Span,
    ) -> Eval<u32> {
        let find = |name: &str| definition.settings.iter().find(|s| s.name.text == name);
        let vectors = match find("vectors") {
            Some(s) => self.matrix(&s.value, scope)?,
            None => return Err(super::value::Failed),
        };
        let d = vectors.len();
        let basis = match find("basis") {
            Some(s) => self.matrix(&s.value, scope)?,
            None => vec![vec![0.0; vectors.first().map_or(0, Vec::len)]],
        };
        let sizes = match find("size") {
            Some(s) => {
                let value = self.eval(&s.value, scope)?;
                let Value::List(items) = &value else { return self.wrong_type(&value, s.value.span, "a list of sizes") };
                let mut sizes = Vec::new();
                for item in items.iter() {
                    let n = self.whole(item, s.value.span, "a size")?;
                    if n < 1 {
                        let d = Diagnostic::error(codes::DOMAIN, s.value.span, "the size of a lattice must be positive")
                            .label(format!("here {n}"))
                            .expected("whole numbers from 1");
                        return Err(self.fail(d));
                    }
                    sizes.push(n as usize);
                }
                sizes
            }
            None => return Err(super::value::Failed),
        };
        let rule = match find("bonds") {
            None => Bonds::Nearest(1),
            Some(s) => match self.eval(&s.value, scope)? {
                Value::Bonds(BondRule::Nearest(k)) => Bonds::Nearest(k),
                Value::Bonds(BondRule::Within(r)) => Bonds::Within(r),
                Value::List(items) => Bonds::Explicit(self.explicit_bonds(&items, s.value.span)?),
                other => {
                    return self.wrong_type(
                        &other,
                        s.value.span,
                        "`nearest(k)`, `within(r)` or a list of bonds `(from, to, [cell])`",
                    );
                }
            },
        };
        let boundary = match (boundary, find("boundary")) {
            (Some((value, at)), _) => self.boundaries(&value, d, at)?,
            (None, Some(s)) => {
                let value = self.eval(&s.value, scope)?;
                self.boundaries(&value, d, s.value.span)?
            }
            (None, None) => vec![Boundary::Periodic; d],
        };
        let sites = sizes.iter().map(|&n| n as f64).product::<f64>() * basis.len() as f64;
        if sites > MOST_SITES {
            let d = Diagnostic::error(codes::MEMORY, span, format!("the lattice would have {sites:.2e} sites"))
                .label(format!("a byte for each is {:.0} GiB", sites / f64::from(1 << 30)))
                .expected("at most 2^32 sites");
            return Err(self.fail(d));
        }
        match Bravais::new(&definition.name, sizes, vectors, basis, &rule, boundary) {
            Ok(lattice) => Ok(self.intern_graph(Graph::Lattice(lattice))),
            Err(reason) => {
                let mut d = Diagnostic::error(codes::BAD_LATTICE, span, reason).label("this lattice cannot be built");
                if !self.is_library(definition.span.source) {
                    d = d.related(definition.span, "declared here");
                }
                Err(self.fail(d))
            }
        }
    }

    fn boundaries(&mut self, value: &Value, d: usize, span: Span) -> Eval<Vec<Boundary>> {
        let one = |e: &mut Self, v: &Value| -> Eval<Boundary> {
            match v {
                Value::Text(t) if &**t == "periodic" => Ok(Boundary::Periodic),
                Value::Text(t) if &**t == "open" => Ok(Boundary::Open),
                Value::Text(t) if &**t == "antiperiodic" => Ok(Boundary::Antiperiodic),
                other => e.wrong_type(other, span, "`periodic`, `open` or `antiperiodic`"),
            }
        };
        match value {
            Value::List(items) => {
                if items.len() != d {
                    let diagnostic = Diagnostic::error(codes::SHAPE, span, "one boundary for each direction is needed")
                        .label(format!("{} here", items.len()))
                        .expected(format!("{d}, or a single one for all"));
                    return Err(self.fail(diagnostic));
                }
                items.iter().map(|v| one(self, v)).collect()
            }
            single => Ok(vec![one(self, single)?; d]),
        }
    }

    fn matrix(&mut self, e: &ast::Expr, scope: &Rc<Scope>) -> Eval<Vec<Vec<f64>>> {
        let value = self.eval(e, scope)?;
        let rows: Option<Vec<Vec<f64>>> = match &value {
            Value::List(items) => items
                .iter()
                .map(|row| match row {
                    Value::List(cells) => cells.iter().map(Value::number).collect(),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        match rows {
            Some(rows) => Ok(rows),
            None => self.wrong_type(&value, e.span, "a list of vectors, such as `[[1, 0], [0, 1]]`"),
        }
    }

    fn explicit_bonds(&mut self, items: &[Value], span: Span) -> Eval<Vec<(usize, usize, Vec<i32>)>> {
        let bond = |v: &Value| -> Option<(usize, usize, Vec<i32>)> {
            let Value::List(parts) = v else { return None };
            let [from, to, Value::List(cell)] = parts.as_slice() else { return None };
            let cell: Option<Vec<i32>> = cell.iter().map(|c| c.integer().and_then(|i| i32::try_from(i).ok())).collect();
            Some((usize::try_from(from.integer()?).ok()?, usize::try_from(to.integer()?).ok()?, cell?))
        };
        match items.iter().map(bond).collect::<Option<Vec<_>>>() {
            Some(bonds) => Ok(bonds),
            None => self.error(
                codes::TYPE,
                span,
                "a bond is written `(from, to, [cell])`: two sites of the basis and the cell of the second",
            ),
        }
    }
}
