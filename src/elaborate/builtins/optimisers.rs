//! How a training moves: a row each.

use super::{Builtin, Group, Param, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::value::{Eval, Value};
use crate::plan::training::{Optimiser, Optimising};
use crate::plan::{Expr, Schedule};
use std::rc::Rc;

const DECAY: Param = may("decay", Type::Real, "0");
const CLIP: Param = may("clip", Type::Real, "none");

macro_rules! example {
    ($optimiser:literal) => {
        concat!(
            "model bowl() {\n    reals x on 0..3\n    energy = sum(i in 0..3: (x[i] - i)^2)\n}\n",
            "train fit {\n    model: bowl()\n    optimiser: ",
            $optimiser,
            "\n    steps: 50\n    record every 10 steps { e = loss() }\n}\nshow fit"
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Optimisers,
        "sgd",
        &[may("rate", Type::Any, "0.01"), may("momentum", Type::Real, "0"), may("nesterov", Type::Any, "false"), DECAY, CLIP],
        "an optimiser",
        "Stochastic gradient descent: v ← momentum v + g, θ ← θ - rate v; with `nesterov`, θ ← θ - rate (g + momentum v). `decay` adds decay θ to the gradient; `clip` bounds its norm. `rate` is a number, a schedule (`cosine(0.1, 0.001)`), or a function of the epoch (`epoch -> 0.1 / (1 + epoch)`): at step k of the n steps of epoch e, both counted from 0, `epoch` is e + k / n; `floor(epoch)` is the whole number.",
        example!("sgd(rate: 0.1, momentum: 0.5)"),
        |e, _, a| {
            let rate = rate(e, a, 0, 0.01)?;
            let momentum = share(e, a, 1, 0.0, "the momentum")?;
            let nesterov = e.truth(a, 2, false)?;
            let rule = Optimiser::Sgd { momentum, nesterov, decay: decay(e, a, 3, 0.0)?, clip: clip(e, a, 4)? };
            made(rule, rate)
        },
    ),
    row(
        Group::Optimisers,
        "adam",
        &[
            may("rate", Type::Any, "0.001"),
            may("beta1", Type::Real, "0.9"),
            may("beta2", Type::Real, "0.999"),
            may("epsilon", Type::Real, "1e-8"),
            DECAY,
            CLIP,
        ],
        "an optimiser",
        "Steps by running averages of the gradient and its square (Kingma and Ba 2015). `decay` adds decay θ to the gradient.",
        example!("adam(rate: 0.1)"),
        |e, _, a| adaptive(e, a, false, 0.0),
    ),
    row(
        Group::Optimisers,
        "adamw",
        &[
            may("rate", Type::Any, "0.001"),
            may("beta1", Type::Real, "0.9"),
            may("beta2", Type::Real, "0.999"),
            may("epsilon", Type::Real, "1e-8"),
            may("decay", Type::Real, "0.01"),
            CLIP,
        ],
        "an optimiser",
        "`adam` with a decay of the weights apart from the gradient: θ ← θ - rate decay θ (Loshchilov and Hutter 2019).",
        example!("adamw(rate: 0.1)"),
        |e, _, a| adaptive(e, a, true, 0.01),
    ),
    row(
        Group::Optimisers,
        "rmsprop",
        &[
            may("rate", Type::Any, "0.01"),
            may("memory", Type::Real, "0.99"),
            may("epsilon", Type::Real, "1e-8"),
            may("momentum", Type::Real, "0"),
            DECAY,
            CLIP,
        ],
        "an optimiser",
        "Steps over the root of a running average of the squared gradient (Tieleman and Hinton 2012).",
        example!("rmsprop(rate: 0.05)"),
        |e, _, a| {
            let rate = rate(e, a, 0, 0.01)?;
            let memory = share(e, a, 1, 0.99, "the memory")?;
            let epsilon = decay(e, a, 2, 1e-8)?;
            let momentum = share(e, a, 3, 0.0, "the momentum")?;
            let rule = Optimiser::RmsProp { memory, epsilon, momentum, decay: decay(e, a, 4, 0.0)?, clip: clip(e, a, 5)? };
            made(rule, rate)
        },
    ),
    row(
        Group::Optimisers,
        "gradient_descent",
        &[may("rate", Type::Any, "0.01")],
        "an optimiser",
        "Plain gradient descent on all of the data: θ ← θ - rate g. The setting `batch` has no meaning with it.",
        example!("gradient_descent(rate: 0.1)"),
        |e, _, a| {
            let rate = rate(e, a, 0, 0.01)?;
            let rule = Optimiser::Sgd { momentum: 0.0, nesterov: false, decay: 0.0, clip: None };
            Ok(Value::Optimiser(Rc::new(Optimising { rule, rate, full: true })))
        },
    ),
    row(
        Group::Optimisers,
        "lbfgs",
        &[may("memory", Type::Int, "10"), may("tolerance", Type::Real, "1e-9")],
        "an optimiser",
        "The limited-memory quasi-Newton method with a line search by the strong Wolfe conditions (Nocedal and Wright 2006, ch. 7), on all of the data; ends where the norm of the gradient is below `tolerance`.",
        example!("lbfgs()"),
        |e, _, a| {
            let memory = if a.has(0) { super::lists::count(e, a, 0, 1)? as usize } else { 10 };
            let tolerance = decay(e, a, 1, 1e-9)?;
            let rate = Schedule::Constant(Expr::Number(1.0));
            Ok(Value::Optimiser(Rc::new(Optimising { rule: Optimiser::Lbfgs { memory, tolerance }, rate, full: true })))
        },
    ),
    row(
        Group::Optimisers,
        "sgld",
        &[need("temperature", Type::Any), may("rate", Type::Any, "0.001"), DECAY],
        "an optimiser",
        "Training as sampling: stochastic gradient Langevin dynamics (Welling and Teh 2011), θ ← θ - rate (g + decay θ) + √(2 rate T) ξ. For small rates and full batches it samples exp(-loss / T).",
        example!("sgld(temperature: 0.01, rate: 0.05)"),
        |e, _, a| {
            let temperature = schedule(e, a, 0, "the temperature")?;
            let rate = rate(e, a, 1, 0.001)?;
            let rule = Optimiser::Langevin { temperature, decay: decay(e, a, 2, 0.0)? };
            made(rule, rate)
        },
    ),
    row(
        Group::Optimisers,
        "natural_gradient",
        &[
            may("rate", Type::Any, "0.1"),
            may("damping", Type::Real, "0.01"),
            may("steps", Type::Int, "100"),
            may("momentum", Type::Real, "0"),
            DECAY,
            CLIP,
        ],
        "an optimiser",
        "Of the weights of a model: θ ← θ - rate (F + damping)⁻¹ g, F the covariance of ∂E/∂θ under the model's law, which is the Fisher matrix of all its units (Amari 1998; Desjardins, Pascanu, Courville and Bengio 2013); the system is solved by at most `steps` steps of conjugate gradients. With `method: exact_gradient` F is the sum over all states, with chains that go on (`persistent`, `fast`, `tempered`) their covariance, which `damping` keeps regular where they are fewer than the weights. `momentum`, `decay` and `clip` as in `sgd`, of the direction.",
        concat!(
            "use std.boltzmann\nlet stripes = examples([[1, 1, 0, 0], [0, 0, 1, 1]])\n",
            "train fit {\n    model: rbm(visible: 4, hidden: 3)\n    data: stripes\n    method: exact_gradient\n",
            "    optimiser: natural_gradient(rate: 0.1)\n    epochs: 5\n",
            "    record every 1 epoch { ll = log_likelihood(data) }\n}\nshow fit"
        ),
        |e, _, a| {
            let rate = rate(e, a, 0, 0.1)?;
            let damping = e.known_number(a, 1, 0.01, "the damping")?;
            if !(damping > 0.0 && damping.is_finite()) {
                let d = Diagnostic::error(codes::DOMAIN, a.place(1), "the damping must be positive")
                    .label(format!("this is {damping}"))
                    .expected("a number above 0; `1e-9` changes little where the matrix is regular");
                return Err(e.fail(d));
            }
            let steps = if a.has(2) { super::lists::count(e, a, 2, 1)? as u64 } else { 100 };
            let momentum = share(e, a, 3, 0.0, "the momentum")?;
            let rule = Optimiser::NaturalGradient { damping, steps, momentum, decay: decay(e, a, 4, 0.0)?, clip: clip(e, a, 5)? };
            made(rule, rate)
        },
    ),
    row(
        Group::Optimisers,
        "escape",
        &[
            may("rate", Type::Any, "0.01"),
            may("every", Type::Int, "10"),
            may("step", Type::Real, "0.1"),
            may("momentum", Type::Real, "0"),
        ],
        "an optimiser",
        "Gradient descent that every so many steps also moves by at most `step` along the eigenvector of the most negative eigenvalue of the Hessian, downhill: it leaves saddles that slow gradient descent down.",
        example!("escape(rate: 0.1)"),
        |e, _, a| {
            let rate = rate(e, a, 0, 0.01)?;
            let every = if a.has(1) { super::lists::count(e, a, 1, 1)? as u64 } else { 10 };
            let step = decay(e, a, 2, 0.1)?;
            let momentum = share(e, a, 3, 0.0, "the momentum")?;
            made(Optimiser::Escape { momentum, every, step }, rate)
        },
    ),
];

fn made(rule: Optimiser, rate: Schedule) -> Eval {
    Ok(Value::Optimiser(Rc::new(Optimising { rule, rate, full: false })))
}

fn adaptive(e: &mut Elaborator, a: &Arguments, decoupled: bool, default: f64) -> Eval {
    let rate = rate(e, a, 0, 0.001)?;
    let beta1 = share(e, a, 1, 0.9, "beta1")?;
    let beta2 = share(e, a, 2, 0.999, "beta2")?;
    let epsilon = decay(e, a, 3, 1e-8)?;
    let (decay, clip) = (decay(e, a, 4, default)?, clip(e, a, 5)?);
    made(Optimiser::Adam { beta1, beta2, epsilon, decay, decoupled, clip }, rate)
}

/// A rate: a number, a schedule, or a function of the epoch.
fn rate(e: &mut Elaborator, a: &Arguments, k: usize, default: f64) -> Eval<Schedule> {
    if !a.has(k) {
        return Ok(Schedule::Constant(Expr::Number(default)));
    }
    schedule(e, a, k, "the rate")
}

fn schedule(e: &mut Elaborator, a: &Arguments, k: usize, what: &str) -> Eval<Schedule> {
    match a.get(k) {
        Value::Schedule(s) => Ok((*s).clone()),
        function @ Value::Function(_) => e.schedule_of_epochs(&function, a.place(k)),
        other => {
            let s = e.lift(&other, a.place(k))?;
            if !s.shape.is_empty() || !s.axes.is_empty() {
                return e.wrong_type(&other, a.place(k), "a number, a schedule, or a function of the epoch");
            }
            if let Some(x) = other.number()
                && (x < 0.0 || !x.is_finite())
            {
                let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("{what} must not be {x}"))
                    .expected("a finite number that is not negative");
                return Err(e.fail(d));
            }
            Ok(Schedule::Constant(s.expr))
        }
    }
}

/// A number from 0 up to, but without, 1.
fn share(e: &mut Elaborator, a: &Arguments, k: usize, default: f64, what: &str) -> Eval<f64> {
    let x = e.known_number(a, k, default, what)?;
    if (0.0..1.0).contains(&x) {
        return Ok(x);
    }
    let d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("{what} must be below 1"))
        .label(format!("this is {x}"))
        .expected("a number from 0 to 1, without 1");
    Err(e.fail(d))
}

/// A number that is not negative.
fn decay(e: &mut Elaborator, a: &Arguments, k: usize, default: f64) -> Eval<f64> {
    let x = e.known_number(a, k, default, "this number")?;
    if x >= 0.0 && x.is_finite() {
        return Ok(x);
    }
    let d = Diagnostic::error(codes::DOMAIN, a.place(k), "this number must not be negative").label(format!("this is {x}"));
    Err(e.fail(d))
}

fn clip(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<Option<f64>> {
    if !a.has(k) {
        return Ok(None);
    }
    let x = e.known_number(a, k, 1.0, "the bound of the gradient")?;
    if x > 0.0 {
        return Ok(Some(x));
    }
    let d =
        Diagnostic::error(codes::DOMAIN, a.place(k), "the bound of the gradient must be positive").label(format!("this is {x}"));
    Err(e.fail(d))
}
