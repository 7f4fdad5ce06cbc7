//! The law that weights give: likelihoods, free energies, ln Z, how far it is from another.

use super::{DATA, bare, count, look, machine, simple};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, need, row};
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::landscape::Probe;
use crate::plan::{Expr, Op};
use std::rc::Rc;
use std::sync::Arc;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Machines,
        "pseudo_likelihood",
        &[DATA],
        "a number, or a way to learn from data",
        "In `record` and `probe`: the mean over the data of Σ_i ln p(v_i | the other visible units) (Besag 1975); the larger the better. As the `method` of a `train`, without parentheses: what is made large.",
        look!("pseudo_likelihood(data)"),
        |e, b, a| simple(e, b, a, 0, Probe::PseudoLikelihood),
    ),
    row(
        Group::Machines,
        "reconstruction_error",
        &[DATA],
        "a number",
        "The mean square of the difference between visible units and their means given those of the hidden units given the data.",
        look!("reconstruction_error(data)"),
        |e, b, a| simple(e, b, a, 0, Probe::Reconstruction),
    ),
    row(
        Group::Machines,
        "free_energy",
        &[DATA],
        "a number",
        "The mean over the data of F(v) = -ln Σ_h exp(-E(v, h)), so that ln p(v) = -F(v) - ln Z.",
        look!("free_energy(data)"),
        |e, b, a| simple(e, b, a, 0, Probe::FreeEnergy),
    ),
    row(
        Group::Machines,
        "free_energy_gap",
        &[need("data", Type::Data), need("other", Type::Data)],
        "a number",
        "The mean free energy of other data, which were held out of the training, less that of the first: it grows where a training learns its examples by heart (Hinton 2012).",
        look!("free_energy_gap(data, stripes.take(1))"),
        gap,
    ),
    row(
        Group::Machines,
        "log_likelihood",
        &[DATA, may("log_z", Type::Numeric, "by the sum over all states")],
        "a number",
        "The mean over the data of ln p(v). Without `log_z` by the sum over all states, where they are few (of two layers: where one has at most 25 units of two values); with it, -F(v) - log_z: `log_likelihood(data, annealed_importance())`.",
        look!("log_likelihood(data)"),
        likelihood,
    ),
    row(
        Group::Machines,
        "exact_log_z",
        &[],
        "a number",
        "ln Z by the sum over all states, where they are few.",
        look!("exact_log_z()"),
        |e, b, a| bare(e, b, a, Probe::LogZ),
    ),
    row(
        Group::Machines,
        "annealed_importance",
        &[
            may("chains", Type::Int, "100"),
            may("temperatures", Type::Int, "1_000"),
            may("fitted", Type::Any, "true"),
            may("back", Type::Any, "false"),
        ],
        "a number with its error",
        "ln Z by annealed importance sampling (Neal 2001; Salakhutdinov and Murray 2008): so many chains go from independent units to the model in so many temperatures. The units at the beginning have the means of the task's data (`fitted: false`, or without data: equal probabilities). `NAME_effective` beside it is the effective number of chains. `back: true`: from states of the model to the independent units, so that the error has the other sign (Burda, Grosse and Salakhutdinov 2015).",
        look!("annealed_importance(chains: 50, temperatures: 100)"),
        annealed,
    ),
    row(
        Group::Machines,
        "kl_divergence",
        &[need("target", Type::List)],
        "a number",
        "Σ_v p(v) ln(p(v) / p_model(v)) of a law p of the visible states, listed with the first unit turning fastest and values ascending; for few visible units.",
        look!("kl_divergence([1 / 16 for k in 0..16])"),
        divergence,
    ),
    row(
        Group::Machines,
        "chain_mixing",
        &[may("sweeps", Type::Int, "200"), may("chains", Type::Int, "20")],
        "a number with its error",
        "How well chains of block Gibbs sampling mix at the weights of the moment: the integrated autocorrelation time of the energy along them, in sweeps (1/2: every sweep is a new draw), over so many sweeps. `NAME_r_hat` beside it is the split R-hat of these series (Gelman et al. 2013): well above 1 where chains stay apart. In the `record` of a training whose chains go on from step to step (`persistent`, `fast`, `tempered`), copies of these chains; else `chains` chains from random states, after as many sweeps that do not count.",
        look!("chain_mixing(sweeps: 100)"),
        |e, b, a| {
            let sweeps = count(e, a, 0, 200, 8)?.min(1 << 30) as usize;
            let chains = count(e, a, 1, 20, 1)?.min(1 << 30) as usize;
            bare(e, b, a, Probe::Mixing { chains, sweeps })
        },
    ),
];

fn minus(e: &mut Elaborator, x: Value, y: Value, a: &Arguments) -> Eval {
    let (x, y) = (e.lift(&x, a.span)?, e.lift(&y, a.span)?);
    let expr = Expr::Binary(Op::Subtract, x.expr.boxed(), y.expr.boxed());
    Ok(Value::Symbolic(Rc::new(Symbolic { expr, kind: Kind::Real, shape: vec![], axes: vec![], index: None })))
}

fn gap(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let other = simple(e, b, a, 1, Probe::FreeEnergy)?;
    let own = simple(e, b, a, 0, Probe::FreeEnergy)?;
    minus(e, other, own, a)
}

fn likelihood(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    if !a.has(1) {
        return simple(e, b, a, 0, Probe::LogLikelihood);
    }
    let free = simple(e, b, a, 0, Probe::FreeEnergy)?;
    let log_z = e.lift(&a.get(1), a.place(1))?;
    if !log_z.shape.is_empty() || !log_z.axes.is_empty() {
        return e.wrong_type(&a.get(1), a.place(1), "one number, such as `annealed_importance()`,");
    }
    let zero = minus(e, Value::Real(0.0), free, a)?;
    minus(e, zero, a.get(1), a)
}

fn annealed(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    machine(e, b, a)?;
    let chains = count(e, a, 0, 100, 2)? as usize;
    let temperatures = count(e, a, 1, 1_000, 2)? as usize;
    let own = e.looking.as_ref().and_then(|l| l.data);
    let fitted = e.truth(a, 2, own.is_some())?;
    let back = e.truth(a, 3, false)?;
    if fitted && own.is_none() {
        let d = Diagnostic::error(codes::MISSING_SETTING, a.place(2), "there are no data whose means the units could begin with");
        return Err(e.fail(d.help("give the task the setting `data`, or write `fitted: false`")));
    }
    e.look(Probe::AnnealedImportance { chains, temperatures, fitted, back }, own.filter(|_| fitted), a.span, b.name)
}

fn divergence(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    machine(e, b, a)?;
    let s = e.lift(&a.get(0), a.place(0))?;
    let Expr::Array(array) = &s.expr else { return e.not_known_yet(a.place(0), "a law of the visible states") };
    let sum: f64 = array.data.iter().sum();
    if array.data.iter().any(|p| !(*p >= 0.0 && p.is_finite())) || (sum - 1.0).abs() > 1e-6 {
        let d =
            Diagnostic::error(codes::DOMAIN, a.place(0), "these numbers are no law").expected("probabilities that add up to 1");
        return Err(e.fail(d.label(format!("they add up to {sum}"))));
    }
    e.look(Probe::Divergence { target: Arc::new(array.data.clone()) }, None, a.span, b.name)
}
