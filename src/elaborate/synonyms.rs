//! Names of settings and arguments that are not ours: what other programs call them, and slips of the pen.

use crate::diagnostic::nearest;

/// What other programs call our settings and arguments.
#[rustfmt::skip]
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("warmup", &["burn_in", "burnin", "equilibrate", "equilibration", "thermalise", "thermalize", "thermalisation", "thermalization", "tune"]),
    ("sweeps", &["draws", "iterations", "mcs", "num_samples", "samples", "steps"]),
    ("chains", &["num_chains", "walkers"]),
    ("start", &["init", "initial", "initial_state"]),
    ("method", &["algorithm", "dynamics", "sampler", "update"]),
    ("temperature", &["T", "temp"]),
    ("epochs", &["iterations", "num_epochs"]),
    ("batch", &["batch_size", "batchsize", "minibatch"]),
    ("optimiser", &["optim", "optimizer", "solver"]),
    ("rate", &["alpha", "eta", "learning_rate", "lr", "p", "step_size"]),
    ("decay", &["l2", "weight_decay"]),
    ("memory", &["alpha", "rho"]),
    ("epsilon", &["eps"]),
    ("beta1", &["betas", "momentum"]),
    ("channels", &["filters", "out_channels"]),
    ("kernel", &["kernel_size"]),
    ("window", &["kernel_size", "pool_size"]),
    ("units", &["features", "out_features"]),
    ("test", &["test_size"]),
    ("by", &["random_state", "seed"]),
    ("inputs", &["in_features", "n_features"]),
    ("classes", &["n_classes", "num_classes"]),
];

/// What to write instead of a name that is none of ours, if that can be guessed.
pub(crate) fn meant<'a>(name: &str, ours: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let has = |own: &str| ours.clone().any(|n| n == own);
    if let Some((own, _)) = ELSEWHERE.iter().find(|(own, others)| has(own) && others.contains(&name)) {
        return Some(format!("it is called `{own}` here"));
    }
    nearest(name, ours).map(|near| format!("did you mean `{near}`?"))
}
