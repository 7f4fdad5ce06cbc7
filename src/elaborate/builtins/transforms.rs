//! Couplings made of other couplings.

use super::memory::{known, misfit};
use super::{Builtin, Group, Type, need, row};
use crate::elaborate::Elaborator;
use crate::elaborate::call::Arguments;
use crate::elaborate::value::{Eval, Value};
use crate::plan::CouplingValues;
use crate::plan::expr::Array;
use std::sync::Arc;

pub const ROWS: &[Builtin] = &[row(
    Group::Graphs,
    "gauge",
    &[need("J", Type::Any), need("s", Type::Any)],
    "couplings",
    "The gauge transform J_ij s_i s_j of couplings, by a number a site (a pattern of ±1): energies of states s_i times as they were stay the same.",
    "use std.lattice\ncouplings J on square(4) ~ choice(-1, +1)\nlet ξ ~ bimodal(0.5, shape: [16])\ncouplings G = gauge(J, ξ)\nshow G.bonds",
    gauge,
)];

fn gauge(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let Value::Couplings(c) = a.get(0) else { return e.wrong_type(&a.get(0), a.place(0), "couplings") };
    let values = e.known_couplings(c, a.place(0))?;
    let (s, shape) = known(e, a, 1, "a list of one number a site")?;
    let (graph, name) = {
        let couplings = &e.elaborated.plan.couplings[c as usize];
        (couplings.graph, format!("gauge({})", couplings.name))
    };
    let n = e.graph(graph).sites();
    if shape != [n] {
        return misfit(e, a.place(1), &shape, format!("{n} values, one a site"));
    }
    let bonds = e.graph(graph).bonds();
    let data: Vec<f64> = bonds.iter().zip(&values).map(|(b, j)| j * s[b.i as usize] * s[b.j as usize]).collect();
    e.bounded(&data, a.span)?;
    let array = Array { shape: vec![data.len()], data };
    Ok(e.new_couplings(&name, graph, CouplingValues::PerBond(Arc::new(array))))
}
