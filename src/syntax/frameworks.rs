//! What users of PyTorch, Keras and JAX write, and the word of Ann for it.

/// A word of those libraries, and how Ann writes it.
const WORDS: &[(&[&str], &str)] = &[
    (&["Linear", "Dense", "LazyLinear"], "dense(x, 64)"),
    (&["Conv2d", "Conv2D"], "conv2d(x, 16, kernel: 3)"),
    (&["BatchNorm1d", "BatchNorm2d", "BatchNormalization", "BatchNorm"], "batch_norm(x)"),
    (&["LayerNorm", "LayerNormalization"], "layer_norm(x)"),
    (&["MaxPool2d", "MaxPooling2D"], "max_pool(x, 2)"),
    (&["AvgPool2d", "AveragePooling2D"], "avg_pool(x, 2)"),
    (&["Flatten"], "flatten(x)"),
    (&["Dropout", "Dropout2d"], "dropout(x, 0.5)"),
    (&["Embedding", "Embed"], "embedding(x, 64)"),
    (&["ReLU", "relu"], "relu(x)"),
    (&["Tanh", "tanh"], "tanh(x)"),
    (&["Sigmoid", "sigmoid"], "sigmoid(x)"),
    (&["GELU", "gelu"], "gelu(x)"),
    (&["Softplus", "softplus"], "softplus(x)"),
    (
        &["CrossEntropyLoss", "cross_entropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"],
        "cross_entropy(y, label)",
    ),
    (&["MSELoss", "mse_loss", "MeanSquaredError"], "mse(y, target)"),
    (&["SGD"], "sgd(rate: 0.05, momentum: 0.9)"),
    (&["Adam", "AdamW"], "adam(rate: 0.001)"),
    (&["CosineAnnealingLR", "CosineDecay"], "cosine(0.1, 0.001)"),
];
/// What their paths begin with.
const ROOTS: &[&str] = &["nn", "torch", "tf", "keras", "tensorflow", "F", "layers", "optim", "jax", "flax", "eqx", "optax"];
/// Those that nobody would call a file of Ann; behind the others only the capital words of a library tell it.
const CERTAIN: &[&str] = &["torch", "tf", "keras", "tensorflow", "jax", "F"];
/// The layers, activations and losses of Ann.
const LAYERS: &[&str] = &[
    "dense",
    "conv2d",
    "batch_norm",
    "layer_norm",
    "max_pool",
    "avg_pool",
    "flatten",
    "dropout",
    "embedding",
    "relu",
    "tanh",
    "sigmoid",
    "gelu",
    "softplus",
    "cross_entropy",
    "mse",
    "hinge",
];

pub(super) fn is_layer(name: &str) -> bool {
    LAYERS.contains(&name)
}

/// What Ann writes for `root.....last`, if that is the path of a library for networks.
pub(super) fn path(root: &str, last: &str) -> Option<String> {
    let capital = last.starts_with(|c: char| c.is_ascii_uppercase());
    if !ROOTS.contains(&root) || !capital && !CERTAIN.contains(&root) {
        return None;
    }
    if matches!(last, "Sequential" | "ModuleList") {
        return Some("write one line for each layer: `h = relu(dense(x, 64))`, and below it `y = dense(h, 10)`".to_string());
    }
    let (_, ann) = WORDS.iter().find(|(words, _)| words.contains(&last))?;
    Some(format!("write `{ann}`"))
}

/// What is wrong with `NAME: ...` in a network, and what to write.
pub(super) fn setting(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "layers" | "layer" | "hidden" | "architecture" => (
            "a network has no list of layers",
            "write one line for each: `h = relu(dense(x, 64))`, and below it `y = dense(h, 10)`",
        ),
        "activation" | "activations" => ("an activation is a function of its layer", "write `h = relu(dense(x, 64))`"),
        "inputs" | "outputs" | "output" => (
            "inputs, and the targets that the loss compares with, are declared with `input`",
            "write `input x: [64], label: class(10)`",
        ),
        "metrics" => ("a metric is a definition of its own", "write `metric accuracy = mean(argmax(y) == label)`"),
        "weights" | "parameters" => ("a network declares no weights: its layers own them", "write `h = dense(x, 64)`"),
        "optimizer" | "optimiser" | "epochs" | "batch" | "batch_size" | "rate" | "learning_rate" | "lr" | "data" | "seed"
        | "scheduler" => ("how a network is trained does not belong to it", "write it in the task: `train NAME { model: ... }`"),
        _ => return None,
    })
}
