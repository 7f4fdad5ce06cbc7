//! How the weights of models follow data: a way to learn a row.

use super::count;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, row};
use crate::elaborate::value::{Eval, Value};
use crate::plan::training::LearningRule;
use std::rc::Rc;

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
];

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
