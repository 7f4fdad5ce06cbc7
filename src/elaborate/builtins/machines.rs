//! How the weights of models follow data, and looks at the law that they give: a row each. See `kernels::machine`.

use super::{Builtin, Group, Param, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::call::Arguments;
use crate::elaborate::value::{Eval, Kind, Symbolic, Value};
use crate::plan::landscape::Probe;
use crate::plan::training::LearningRule;
use crate::plan::{Expr, Op};
use std::rc::Rc;
use std::sync::Arc;

pub(super) const DATA: Param = may("data", Type::Any, "the task's data");

macro_rules! learn {
    ($method:literal) => {
        concat!(
            "use std.boltzmann\nlet stripes = examples([[1, 1, 0, 0], [0, 0, 1, 1]])\n",
            "train fit {\n    model: rbm(visible: 4, hidden: 3)\n    data: stripes\n    method: ",
            $method,
            "\n    rate: 0.1\n    batch: all\n    epochs: 5\n    record every 1 epoch { ll = log_likelihood(data) }\n}\nshow fit"
        )
    };
}

macro_rules! look {
    ($quantity:literal) => {
        concat!(
            "use std.boltzmann\nlet stripes = examples([[1, 1, 0, 0], [0, 0, 1, 1]])\n",
            "probe a of rbm(visible: 4, hidden: 3) {\n    data: stripes\n    q = ",
            $quantity,
            "\n}\nshow a.q"
        )
    };
}

pub(super) use look;

pub const ROWS: &[Builtin] = &[
    row(
        Group::Machines,
        "contrastive_divergence",
        &[
            may("steps", Type::Int, "1"),
            may("persistent", Type::Any, "false"),
            may("fast", Type::Any, "false"),
            may("tempered", Type::Int, "0"),
            may("chains", Type::Int, "the batch"),
        ],
        "a way to learn from data",
        "Of `train`: the mean of ∂E/∂θ over the model from so many sweeps of Gibbs sampling that begin at the data (Hinton 2002). `persistent: true`: the chains go on from step to step (Tieleman 2008). `fast: true`: persistent chains that also feel weights which follow the gradient and forget it (Tieleman and Hinton 2009). `tempered: n`: persistent chains at n temperatures that exchange their states (Desjardins et al. 2010). `chains`: how many persistent chains there are.",
        learn!("contrastive_divergence(steps: 2, persistent: true)"),
        contrastive,
    ),
    row(
        Group::Machines,
        "exact_gradient",
        &[],
        "a way to learn from data",
        "Of `train`: the gradient of the log-likelihood itself, by the sum over all states: for small models (of two layers: where one of them is small).",
        learn!("exact_gradient()"),
        |_, _, _| Ok(Value::Learning(Rc::new(LearningRule::Exact))),
    ),
    row(
        Group::Machines,
        "mean_field_gradient",
        &[may("steps", Type::Int, "20")],
        "a way to learn from data",
        "Of `train`: the means over the model from so many iterations of the equations of mean field, begun at the data (Peterson and Anderson 1987).",
        learn!("mean_field_gradient()"),
        |e, _, a| Ok(Value::Learning(Rc::new(LearningRule::MeanField { order: 1, steps: count(e, a, 0, 20, 1)? }))),
    ),
    row(
        Group::Machines,
        "tap",
        &[may("steps", Type::Int, "20"), may("order", Type::Int, "2")],
        "a way to learn from data",
        "Of `train`: as `mean_field_gradient`, with the reaction of the fields of second or third order (Thouless, Anderson and Palmer 1977; Gabrié, Tramel and Krzakala 2015).",
        learn!("tap(order: 3)"),
        |e, _, a| {
            let steps = count(e, a, 0, 20, 1)?;
            match count(e, a, 1, 2, 2)? {
                order @ (2 | 3) => Ok(Value::Learning(Rc::new(LearningRule::MeanField { order: order as u8, steps }))),
                _ => e.error(codes::DOMAIN, a.place(1), "the order of the reaction is 2 or 3"),
            }
        },
    ),
    row(
        Group::Machines,
        "ratio_matching",
        &[],
        "a way to learn from data",
        "Of `train`: the squares of 1 - p(v_i | the other units) are made small (Hyvärinen 2007). For visible units of two values, of which the hidden ones can be summed out.",
        learn!("ratio_matching()"),
        |_, _, _| Ok(Value::Learning(Rc::new(LearningRule::RatioMatching))),
    ),
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
    row(
        Group::Machines,
        "singular_values",
        &[need("of", Type::Word)],
        "an array, downwards",
        "The singular values of an array of weights of two dimensions, by its name: `singular_values(\"W\")`.",
        look!("singular_values(\"W\")"),
        singular,
    ),
    row(
        Group::Machines,
        "weight_values",
        &[need("of", Type::Word)],
        "an array",
        "An array of weights, by its name, as it was declared: `weight_values(\"W\")`.",
        look!("weight_values(\"b\")"),
        weight_values,
    ),
];

pub(super) fn count(e: &mut Elaborator, a: &Arguments, k: usize, default: u64, least: i64) -> Eval<u64> {
    if a.has(k) { super::lists::count(e, a, k, least).map(|n| n as u64) } else { Ok(default) }
}

fn contrastive(e: &mut Elaborator, _: &'static Builtin, a: &Arguments) -> Eval {
    let steps = count(e, a, 0, 1, 1)?;
    let (persistent, fast) = (e.truth(a, 1, false)?, e.truth(a, 2, false)?);
    let temperatures = count(e, a, 3, 0, 0)?;
    let chains = if a.has(4) { Some(count(e, a, 4, 1, 1)?) } else { None };
    if fast && temperatures > 0 {
        let d = Diagnostic::error(codes::CONFLICT, a.place(2), "`fast` and `tempered` are two ways to let chains mix");
        return Err(e.fail(d.help("keep one of them")));
    }
    if chains.is_some() && !(persistent || fast || temperatures > 0) {
        let d =
            Diagnostic::error(codes::CONFLICT, a.place(4), "chains that begin at the data are as many as the batch has examples");
        return Err(e.fail(d.help("leave `chains` out, or write `persistent: true`")));
    }
    if temperatures == 1 {
        return e.error(codes::DOMAIN, a.place(3), "states are exchanged between at least two temperatures");
    }
    let rule = match (temperatures, fast, persistent) {
        (0, true, _) => LearningRule::Fast { steps, chains },
        (0, false, true) => LearningRule::Persistent { steps, chains },
        (0, false, false) => LearningRule::Contrastive { steps },
        _ => LearningRule::Tempered { steps, chains, temperatures },
    };
    Ok(Value::Learning(Rc::new(rule)))
}

/// A diagnostic unless a machine is looked at.
pub(super) fn machine(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<u32> {
    e.looks_here(b, a)?;
    if let Some(m) = e.looking.as_ref().and_then(|l| l.machine) {
        return Ok(m);
    }
    let d = Diagnostic::error(codes::NOT_HERE, a.span, format!("`{}` is of a model that has `weights`", b.name))
        .help("a Boltzmann machine is one: `ann doc std.boltzmann`");
    Err(e.fail(d))
}

/// A look of the data in argument k.
fn simple(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, k: usize, probe: Probe) -> Eval {
    machine(e, b, a)?;
    let data = e.look_data(a.values.get(k).cloned().flatten(), a.place(k))?;
    e.look(probe, data, a.span, b.name)
}

fn bare(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, probe: Probe) -> Eval {
    machine(e, b, a)?;
    e.look(probe, None, a.span, b.name)
}

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

/// The array of weights that argument 0 names: its place among the variables and its shape.
pub(super) fn block(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<(String, usize, Vec<usize>)> {
    let m = machine(e, b, a)?;
    let name = e.word(a, 0, "")?;
    let model = &e.elaborated.plan.models[m as usize];
    let Some(k) = model.weights.iter().position(|w| w.name == name) else {
        let names: Vec<String> = model.weights.iter().map(|w| w.name.clone()).collect();
        let d = Diagnostic::error(codes::UNDEFINED, a.place(0), format!("`{name}` is not among the weights"))
            .expected(format!("one of {}", crate::elaborate::expression::quoted(&names)));
        return Err(e.fail(d));
    };
    Ok((name, model.weight_offset(k), model.weights[k].shape.clone()))
}

fn singular(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (name, _, shape) = block(e, b, a)?;
    let [rows, columns] = shape[..] else {
        return e.error(codes::SHAPE, a.place(0), format!("`{name}` is no matrix"));
    };
    e.look(Probe::SingularValues { block: name, count: rows.min(columns) }, None, a.span, b.name)
}

fn weight_values(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let (_, start, shape) = block(e, b, a)?;
    e.look(Probe::Variables { start, shape }, None, a.span, b.name)
}
