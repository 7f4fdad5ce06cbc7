//! Lattices: declarations in Ann, and what can be asked of a graph.

use super::call::Slot;
use super::scope::Scope;
use super::value::{BondRule, Eval, Kind, LatticeDefinition, Value};
use super::{Elaborator, Stage};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::plan::graph::{Bonds, Boundary, Bravais, Graph};
use crate::syntax::ast::{self, Argument};
use std::rc::Rc;
use std::sync::Arc;

/// What a graph has after the point: (name, is it called, what it gives).
pub const GRAPH_MEMBERS: &[(&str, bool, &str)] = &[
    ("sites", false, "the number of sites"),
    ("bonds", false, "the number of bonds"),
    ("size", false, "the number of cells in each direction (lattices)"),
    ("dimension", false, "the number of directions (lattices)"),
    ("name", false, "a short description"),
    ("linear", false, "the linear terms of a file of couplings, one a site (QUBO)"),
    ("shell", true, "`shell(k)`: the graph of the pairs at the k-th neighbour distance"),
    ("neighbours", true, "`neighbours(i)`: the neighbours of a site, to sum over"),
    ("cell", true, "`cell(i, k)`: the cell coordinate of a site in direction k"),
    ("sublattice", true, "`sublattice(i)`: the position of a site in the basis"),
    ("shift", true, "`shift(i, k, r)`: the site r cells further in direction k, around the boundary"),
    ("distance", true, "`distance(i, j)`: the distance of two sites, by the nearest image"),
    (
        "direction",
        true,
        "`direction(i, j)`: the number of a bond's direction, from 0 (lattices); in energies i and j are the ends of a bond",
    ),
    ("directions", true, "`directions()`: the direction of every bond, in the order of the bonds"),
    ("coordinates", true, "`coordinates()`: the position of every site, sites × components (lattices)"),
    ("plaquettes", true, "`plaquettes()`: the elementary squares, as tuples of sites"),
    ("triangles", true, "`triangles()`: the elementary triangles, as tuples of sites"),
];

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

    pub(crate) fn graph_member(&mut self, g: u32, name: &str, span: Span) -> Eval<Option<Value>> {
        let graph = self.graph(g);
        Ok(Some(match (name, graph) {
            ("sites", _) => Value::Int(graph.sites() as i64),
            ("bonds", _) => Value::Int(graph.bond_count() as i64),
            ("name", _) => Value::text(&graph.describe()),
            ("size", Graph::Lattice(b)) => Value::list(b.sizes.iter().map(|&n| Value::Int(n as i64)).collect()),
            ("dimension", Graph::Lattice(b)) => Value::Int(b.dimension() as i64),
            _ => {
                if let Some((_, true, gives)) = GRAPH_MEMBERS.iter().find(|m| m.0 == name) {
                    let d = Diagnostic::error(codes::ARGUMENTS, span, format!("`{name}` needs parentheses"))
                        .expected(gives.to_string());
                    return Err(self.fail(d));
                }
                return Ok(None);
            }
        }))
    }

    /// `value.name(arguments)` where that is more than a call of a member.
    pub(crate) fn method(
        &mut self,
        value: &Value,
        base: Span,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        match value {
            Value::Graph(_) | Value::Couplings(_) => {
                let Some(g) = self.graph_of(value) else { return Ok(None) };
                self.graph_method(g, name, arguments, span, scope)
            }
            Value::Model(instance) if name.text == "energy" => {
                if let Some(named) = arguments.iter().find_map(|a| a.name.as_ref()) {
                    let d = Diagnostic::error(codes::ARGUMENTS, named.span, "states are given in the order of the variables");
                    return Err(self.fail(d.help("leave the name out")));
                }
                let values: Vec<Eval> = arguments.iter().map(|a| self.eval(&a.value, scope)).collect();
                let values = values.into_iter().zip(arguments).map(|(v, a)| Ok((v?, a.value.span))).collect::<Eval<Vec<_>>>()?;
                self.energy_elsewhere(&instance.clone(), &values, span).map(Some)
            }
            Value::Data(set) => self.data_method(set, base, name, arguments, span, scope),
            Value::Record(split) => self.split_method(split, base, name, arguments, span, scope),
            Value::Symbolic(s) if name.text == "at" && (!s.axes.is_empty() || s.expr.is_deferred()) => {
                self.at(s, arguments, span, scope).map(Some)
            }
            Value::Task(task) if name.text == "at" => {
                let _ = base;
                self.task_at(&task.clone(), &[], arguments, span, scope).map(Some)
            }
            Value::Task(task) if name.text == "states" => {
                self.states_of(&task.clone(), &[], arguments, span, Some(scope)).map(Some)
            }
            Value::TaskAt(task, fixed) if name.text == "states" => {
                self.states_of(&task.clone(), &fixed.clone(), arguments, span, Some(scope)).map(Some)
            }
            Value::TaskAt(task, fixed) if name.text == "at" => {
                self.task_at(&task.clone(), &fixed.clone(), arguments, span, scope).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn graph_method(
        &mut self,
        g: u32,
        name: &ast::Name,
        arguments: &[Argument],
        span: Span,
        scope: &Rc<Scope>,
    ) -> Eval<Option<Value>> {
        let slots: &[&str] = match name.text.as_str() {
            "shell" => &["k"],
            "neighbours" | "sublattice" => &["i"],
            "cell" => &["i", "k"],
            "shift" => &["i", "k", "r"],
            "distance" | "direction" => &["i", "j"],
            "plaquettes" | "triangles" | "directions" | "coordinates" => &[],
            _ => return Ok(None),
        };
        let table: Vec<Slot> = slots.iter().map(|s| Slot { name: s, optional: false }).collect();
        let signature = format!("{}({})", name.text, slots.join(", "));
        let order = self.assign(&name.text, &signature, &table, arguments, span)?;
        let mut values = Vec::new();
        for k in order.into_iter().flatten() {
            values.push((self.eval(&arguments[k].value, scope)?, arguments[k].value.span));
        }
        let site = |e: &mut Self, k: usize| e.site_expr(&values[k].0, g, values[k].1);
        let lattice = |e: &mut Self| -> Eval<usize> {
            match e.graph(g) {
                Graph::Lattice(b) => Ok(b.dimension()),
                _ => e.error(codes::TYPE, name.span, format!("`{}` needs a lattice; this graph has no cells", name.text)),
            }
        };
        let direction = |e: &mut Self, k: usize, d: usize| -> Eval<u16> {
            let v = e.whole(&values[k].0, values[k].1, "a direction")?;
            if v < 0 || v >= d as i64 {
                let diagnostic = Diagnostic::error(codes::INDEX, values[k].1, format!("there is no direction {v}"))
                    .expected(format!("0 to {}", d - 1));
                return Err(e.fail(diagnostic));
            }
            Ok(v as u16)
        };
        let result = match name.text.as_str() {
            "shell" => {
                let k = self.whole(&values[0].0, values[0].1, "the number of a shell")?;
                let shell = if k < 1 { Err("shells are counted from 1".to_string()) } else { self.graph(g).shell(k as usize) };
                match shell {
                    Ok(graph) => Value::Graph(self.intern_graph(graph)),
                    Err(reason) => return self.error(codes::DOMAIN, values[0].1, reason),
                }
            }
            "neighbours" => Value::Neighbours(g, Rc::new(site(self, 0)?)),
            "sublattice" => {
                lattice(self)?;
                let site = site(self, 0)?;
                match (self.graph(g), site.number()) {
                    (Graph::Lattice(l), Some(i)) => Value::Int((i as usize % l.basis.len()) as i64),
                    _ => Value::symbolic(Expr::Sublattice { graph: g, site: site.boxed() }, Kind::Int),
                }
            }
            "cell" => {
                let d = lattice(self)?;
                let direction = direction(self, 1, d)?;
                let site = site(self, 0)?;
                let known = |l: &Bravais, i: f64| l.cell(i as usize).and_then(|(c, _)| c.get(usize::from(direction)).copied());
                match (self.graph(g), site.number()) {
                    (Graph::Lattice(l), Some(i)) => Value::Int(known(l, i).unwrap_or(0) as i64),
                    _ => Value::symbolic(Expr::Cell { graph: g, site: site.boxed(), direction }, Kind::Int),
                }
            }
            "shift" => {
                let d = lattice(self)?;
                let direction = direction(self, 1, d)?;
                let by = self.lift(&values[2].0, values[2].1)?;
                Value::symbolic(Expr::Shift { graph: g, site: site(self, 0)?.boxed(), direction, by: by.expr.boxed() }, Kind::Int)
            }
            "distance" => {
                let first = site(self, 0)?.boxed();
                let second = site(self, 1)?.boxed();
                match (first.number(), second.number()) {
                    (Some(i), Some(j)) => Value::Real(self.known_distance(g, i as usize, j as usize)),
                    _ => Value::symbolic(Expr::Distance { graph: g, first, second }, Kind::Real),
                }
            }
            "direction" => {
                lattice(self)?;
                self.bond_direction(g, &values, span)?
            }
            "directions" => {
                lattice(self)?;
                let data = self.bond_directions(g, span)?;
                let shape = vec![data.len()];
                constant(shape, data, Kind::Int)
            }
            "coordinates" => {
                lattice(self)?;
                let n = self.graph(g).sites();
                self.few(n as i64, span)?;
                let rows: Vec<Vec<f64>> = (0..n).filter_map(|i| self.graph(g).coordinates(i)).collect();
                let shape = vec![n, rows.first().map_or(0, Vec::len)];
                constant(shape, rows.concat(), Kind::Real)
            }
            _ => {
                let tuples = if name.text == "plaquettes" { self.graph(g).plaquettes() } else { self.graph(g).triangles() };
                match tuples {
                    Ok(tuples) => {
                        let width = tuples.first().map_or(0, Vec::len);
                        let shape = vec![tuples.len(), width];
                        constant(shape, tuples.into_iter().flatten().map(f64::from).collect(), Kind::Int)
                    }
                    Err(reason) => return self.error(codes::DOMAIN, span, reason),
                }
            }
        };
        Ok(Some(result))
    }

    /// The distance of two known sites; the distances from one site are found together, for the next question.
    fn known_distance(&mut self, g: u32, i: usize, j: usize) -> f64 {
        if self.distance_row.as_ref().is_none_or(|row| (row.0, row.1) != (g, i)) {
            let row = self.graph(g).distances_from(i).unwrap_or_default();
            self.steps += row.len() as u64 / 16;
            self.distance_row = Some((g, i, row));
        }
        self.distance_row.as_ref().and_then(|row| row.2.get(j).copied()).unwrap_or(f64::NAN)
    }

    /// The directions of all bonds.
    fn bond_directions(&mut self, g: u32, span: Span) -> Eval<Vec<f64>> {
        self.few(self.graph(g).bond_count() as i64, span)?;
        let mut data = Vec::new();
        self.graph(g).for_each_bond(|b| data.push(f64::from(b.direction)));
        Ok(data)
    }

    /// The direction of the bond between two sites: known ones, or the ends of a bond that an energy runs over.
    fn bond_direction(&mut self, g: u32, ends: &[(Value, Span)], span: Span) -> Eval {
        let [(first, a), (second, b)] = ends else { return Err(super::value::Failed) };
        if first.integer().is_some() && second.integer().is_some() {
            let n = self.graph(g).sites();
            let (i, j) = (self.position(first, *a, n)?, self.position(second, *b, n)?);
            let found = match self.graph(g) {
                Graph::Lattice(l) => l.direction_between(i, j),
                _ => None,
            };
            return match found {
                Some(d) => Ok(Value::Int(d as i64)),
                None => self.error(codes::INDEX, span, format!("no bond joins sites {i} and {j}")),
            };
        }
        let end = |v: &Value| match v {
            Value::Symbolic(s) => s.index.as_ref().filter(|i| i.graph == Some(g)).and_then(|i| i.bond),
            _ => None,
        };
        match (end(first), end(second)) {
            (Some((x, p)), Some((y, q))) if x == y && p != q => {
                let data = self.bond_directions(g, span)?;
                let values = crate::plan::expr::Array { shape: vec![data.len()], data };
                let name = format!("direction of {}", self.graph(g).describe());
                let table = self.new_couplings(&name, g, crate::plan::CouplingValues::PerBond(Arc::new(values)));
                let Value::Couplings(couplings) = table else { return Err(super::value::Failed) };
                Ok(Value::symbolic(Expr::BondValue { couplings, binder: x }, Kind::Int))
            }
            _ => {
                let d = Diagnostic::error(codes::NOT_A_SITE, span, "a direction is that of a bond of this lattice")
                    .expected("the two ends of a bond: `sum(<i, j> in grid: ... grid.direction(i, j) ...)`");
                Err(self.fail(d))
            }
        }
    }

    /// A site of a graph as an expression.
    fn site_expr(&mut self, value: &Value, g: u32, span: Span) -> Eval<Expr> {
        let n = self.graph(g).sites();
        if value.integer().is_some() {
            return Ok(Expr::Number(self.position(value, span, n)? as f64));
        }
        let s = self.lift(value, span)?;
        if s.kind != Kind::Int || !s.shape.is_empty() {
            return self.wrong_type(value, span, "a site");
        }
        if let Some((low, high)) = self.interval(&s.expr)
            && (low < 0.0 || high >= n as f64)
            && self.filters == 0
        {
            let d = Diagnostic::error(codes::NOT_A_SITE, span, "the index leaves the sites of the graph")
                .label(format!("this runs from {low} to {high}"))
                .expected(format!("a site from 0 to {}", n - 1));
            return Err(self.fail(d));
        }
        Ok(s.expr)
    }
}

fn constant(shape: Vec<usize>, data: Vec<f64>, kind: Kind) -> Value {
    let array = crate::plan::expr::Array { shape: shape.clone(), data };
    Value::array(Expr::Array(Arc::new(array)), kind, shape)
}
