//! Methods, starting states, and what `keep` understands.

use super::{Builtin, Constant, Group, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::value::{KeepSpec, Value};
use crate::plan::Method;
use std::rc::Rc;

pub const ROWS: &[Builtin] = &[row(
    Group::Methods,
    "histogram",
    &[may("bins", Type::Int, "64"), need("range", Type::List)],
    "a way to keep a quantity",
    "In `keep`: the distribution of an observed quantity over equal bins of a range.",
    "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n    keep { m: histogram(bins: 21, range: [-1, 1]) }\n}",
    |e, _, a| {
        let bins = if a.has(0) { super::lists::count(e, a, 0, 1)? } else { 64 };
        let ends: Option<Vec<f64>> = match a.get(1) {
            Value::List(items) => items.iter().map(Value::number).collect(),
            _ => None,
        };
        match ends.as_deref() {
            Some([low, high]) if low < high && low.is_finite() && high.is_finite() => {
                Ok(Value::Keep(Rc::new(KeepSpec::Histogram { bins: bins as usize, low: *low, high: *high })))
            }
            _ => {
                let d = Diagnostic::error(
                    codes::DOMAIN,
                    a.place(1),
                    "the range of a histogram is two numbers, the first below the second",
                )
                .expected("a range such as `[-1, 1]`");
                Err(e.fail(d))
            }
        }
    },
)];

const fn method(name: &'static str, aliases: &'static [&'static str], doc: &'static str, value: fn() -> Value) -> Constant {
    Constant { name, aliases, group: Group::Methods, doc, value }
}

pub const CONSTANTS: &[Constant] = &[
    method(
        "metropolis",
        &[],
        "Single-spin updates accepted with probability min(1, exp(-ΔE/T)) (Metropolis et al. 1953), site after site or colour after colour; some are left out at random, so that every state can be reached on every graph. Serves every model.",
        || Value::Method(Method::Metropolis),
    ),
    method(
        "heat_bath",
        &["glauber", "gibbs"],
        "Single-spin updates drawn from the conditional distribution (Glauber 1963). Serves every model.",
        || Value::Method(Method::HeatBath),
    ),
    method(
        "wolff",
        &[],
        "Single clusters (Wolff 1989). For pairwise Ising models without a field. A sweep is a fixed number of clusters, chosen during the warm-up so that on average every spin is flipped about once.",
        || Value::Method(Method::Wolff),
    ),
    method(
        "swendsen_wang",
        &[],
        "All clusters at once (Swendsen and Wang 1987). For pairwise Ising models without a field.",
        || Value::Method(Method::SwendsenWang),
    ),
    method(
        "exact",
        &[],
        "No sampling: enumeration of all states, a transfer matrix, or Kaufman's solution of the square torus. Errors are zero.",
        || Value::Method(Method::Exact),
    ),
    method("random", &[], "A starting state: every spin drawn at random.", || Value::text("random")),
    method("up", &[], "A starting state: every spin at its highest value.", || Value::text("up")),
    method("down", &[], "A starting state: every spin at its lowest value.", || Value::text("down")),
];
