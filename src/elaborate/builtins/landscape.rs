//! Looks at the landscape of a loss or an energy: a row each. See `kernels::landscape`.

use super::{Builtin, Group, Param, Type, may, need, row};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::call::Arguments;
use crate::elaborate::value::{Eval, Value};
use crate::plan::landscape::{At, Directions, Matrix, Normalise, Probe, Sharpness, TraceMethod};
use std::rc::Rc;

const DATA: Param = may("data", Type::Any, "the task's data");
const MATRIX: Param = may("matrix", Type::Word, "hessian");

macro_rules! example {
    ($quantity:literal) => {
        concat!(
            "model saddle() {\n    reals x on 0..4\n    energy = x[0]^2 + x[1]^2 + x[2]^2 - x[3]^2\n}\n",
            "probe a of saddle() {\n    at: zeros\n    observe { q = ",
            $quantity,
            " }\n}\nshow a.q"
        )
    };
}

pub const ROWS: &[Builtin] = &[
    row(
        Group::Landscape,
        "gradient_norm",
        &[DATA],
        "a number",
        "The Euclidean norm of the gradient.",
        example!("gradient_norm()"),
        |e, b, a| simple(e, b, a, 0, Probe::GradientNorm),
    ),
    row(
        Group::Landscape,
        "weight_norm",
        &[may("of", Type::Text, "all")],
        "a number",
        "The Euclidean norm of the variables, or of one array of weights by its name: `weight_norm(\"h.weight\")`.",
        example!("weight_norm()"),
        weight_norm,
    ),
    row(
        Group::Landscape,
        "distance",
        &[],
        "a number",
        "The Euclidean distance of the weights from where the training began. In `record`.",
        "# record every 1 epoch { d = distance() }",
        |e, b, a| training_only(e, b, a, Probe::Distance),
    ),
    row(
        Group::Landscape,
        "learning_rate",
        &[],
        "a number",
        "The rate of the step before this moment; at the beginning that of the first step. In `record`.",
        "# record every 1 epoch { η = learning_rate() }",
        |e, b, a| training_only(e, b, a, Probe::Rate),
    ),
    row(
        Group::Landscape,
        "hessian_eigenvalues",
        &[may("largest", Type::Int, "0"), may("smallest", Type::Int, "0"), may("tolerance", Type::Real, "1e-4"), MATRIX, DATA],
        "an array: the largest downwards, then the smallest upwards",
        "Eigenvalues of the Hessian at both ends of its spectrum, by Lanczos iterations with full orthogonality and exact products, to a relative residual `tolerance`; `NAME_residual` beside it has |H v - λ v| of each pair. `matrix` takes another matrix in its place: `gauss_newton` Jᵀ (∂²loss/∂y²) J with the Jacobian J of the outputs y; `fisher` the Fisher matrix of the distribution that the network predicts, the mean over the examples of E[∇ln p(t) ∇ln p(t)ᵀ] over targets t drawn from it (classes for `cross_entropy`, coins for `binary_cross_entropy`, a normal of variance 1/2 for `mse`), which for these losses is their Gauss-Newton matrix, without any penalty (Martens, J. Mach. Learn. Res. 21, 146 (2020)); `empirical_fisher` the mean of ∇loss ∇lossᵀ at the targets of the data, which is another matrix and not a substitute for it (Kunstner, Balles and Hennig, NeurIPS 2019).",
        example!("hessian_eigenvalues(largest: 2, smallest: 1)"),
        eigenvalues,
    ),
    row(
        Group::Landscape,
        "hessian_spectrum",
        &[MATRIX, DATA],
        "an array, one element a variable, ascending",
        "All eigenvalues of the Hessian, of at most 5000 variables.",
        example!("hessian_spectrum()"),
        |e, b, a| {
            e.looks_here(b, a)?;
            small(e, b, a)?;
            let matrix = matrix(e, a, 0)?;
            simple(e, b, a, 1, Probe::Spectrum { matrix })
        },
    ),
    row(
        Group::Landscape,
        "hessian_trace",
        &[may("probes", Type::Int, "100"), may("method", Type::Word, "automatic"), MATRIX, DATA],
        "a number with its error",
        "The trace of the Hessian. `automatic`: exact where the layers allow it (of piecewise-linear layers it is that of the Gauss-Newton matrix, and of a penalty on single weights, such as the sum of their squares, it is known) or where there are no more than `probes` variables (the sum of the diagonal, by as many products), else from random signs (Hutchinson 1990). `exact`, `rademacher`, `gaussian`, `hutchpp` (Hutch++, Meyer et al. 2021) and `values` (second differences of the function along random lines, no products with the Hessian) choose.",
        example!("hessian_trace(probes: 50)"),
        trace,
    ),
    row(
        Group::Landscape,
        "hessian_density",
        &[
            may("points", Type::Int, "201"),
            may("probes", Type::Int, "10"),
            may("steps", Type::Int, "100"),
            may("range", Type::List, "the spectrum"),
            may("width", Type::Real, "1 % of the range"),
            MATRIX,
            DATA,
        ],
        "a curve over the new axis `grid`, with errors",
        "The spectral density of the Hessian, smoothed by a Gaussian, by stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017): its integral is 1. `NAME_eigenvalue` beside it has the abscissae. With a `range` these are the coordinates of `grid`, so that `integrate(q, along: grid)` is over the eigenvalues; without one the coordinates count the points, and integrals are sums times the step between two abscissae.",
        example!("hessian_density(points: 21)"),
        density,
    ),
    row(
        Group::Landscape,
        "mean_curvature",
        &[may("projections", Type::Int, "500"), may("products", Type::Any, "true"), DATA],
        "a number with its error",
        "The mean curvature of the function over random planes: half the trace of the Hessian projected on two random directions of standard normal components, averaged over so many planes. Its expectation is the trace of the Hessian (Böttcher and Wheeler 2024). `products: false` takes it from values of the function alone.",
        example!("mean_curvature(projections: 100)"),
        |e, b, a| {
            let projections = count(e, a, 0, 500, 2)?;
            let products = e.truth(a, 1, true)?;
            simple(e, b, a, 2, Probe::MeanCurvature { projections, products })
        },
    ),
    row(
        Group::Landscape,
        "projected_curvatures",
        &[may("projections", Type::Int, "500"), DATA],
        "an array over the new axis `projection`",
        "The mean curvature in each of so many random planes; `NAME_first` and `NAME_second` beside it have the principal curvatures.",
        example!("projected_curvatures(projections: 10)"),
        |e, b, a| {
            let projections = count(e, a, 0, 500, 1)?;
            simple(e, b, a, 1, Probe::Curvatures { projections })
        },
    ),
    row(
        Group::Landscape,
        "critical_point",
        &[
            may("directions", Type::Any, "random_directions(2)"),
            may("draws", Type::Int, "1_000"),
            may("flat", Type::Real, "1e-10"),
            DATA,
        ],
        "shares over the new axis `kind`: minimum, maximum, saddle, flat",
        "What the point looks like in the plane (or space) of some directions, by the signs of the eigenvalues of the projected Hessian; for random directions the shares of so many draws, with their errors. `flat`: relative to the largest projected curvature.",
        example!("critical_point(directions: random_directions(2), draws: 100)"),
        critical_point,
    ),
    row(
        Group::Landscape,
        "hessian_index",
        &[may("flat", Type::Real, "1e-8"), DATA],
        "a whole number",
        "The number of negative eigenvalues of the Hessian below -`flat` times the largest size, of at most 5000 variables.",
        example!("hessian_index()"),
        |e, b, a| {
            e.looks_here(b, a)?;
            small(e, b, a)?;
            let flat = e.known_number(a, 0, 1e-8, "the width of what counts as flat")?;
            simple(e, b, a, 1, Probe::Index { flat })
        },
    ),
    row(
        Group::Landscape,
        "condition_number",
        &[DATA],
        "a number",
        "The largest over the smallest size of an eigenvalue of the Hessian (infinite where one is 0), of at most 5000 variables.",
        example!("condition_number()"),
        |e, b, a| {
            e.looks_here(b, a)?;
            small(e, b, a)?;
            simple(e, b, a, 0, Probe::Condition)
        },
    ),
    row(
        Group::Landscape,
        "slice",
        &[
            may("directions", Type::Any, "random_directions(2, normalise: filter)"),
            may("range", Type::List, "[-1, 1]"),
            may("points", Type::Int, "41"),
            DATA,
        ],
        "the function over the new axes `α` and `β` (one of them for one direction)",
        "The function at the point plus α times the first direction plus β times the second. Without `directions` they are random: of each filter's length in a network, of length 1 in a model. Batch normalisation keeps the running averages of the point, but along `directions_to` they go over into those of the other points as the weights do.",
        example!("slice(random_directions(2), range: [-1, 1], points: 5)"),
        slice,
    ),
    row(
        Group::Landscape,
        "trajectory",
        &[may("directions", Type::Any, "pca_directions(2)")],
        "the coordinates along each direction, over the times at which parameters were kept",
        "The path of a training (`keep { parameters: every 1 epoch }`) projected on directions through its end; `NAME_explained` beside it has the share of the variance along each.",
        "# probe path of fit { t = trajectory(pca_directions(2)) }",
        trajectory,
    ),
    row(
        Group::Landscape,
        "interpolation",
        &[
            need("to", Type::Point),
            may("points", Type::Int, "51"),
            may("range", Type::List, "[0, 1]"),
            may("bend", Type::Int, "0"),
            DATA,
        ],
        "the function over the new axis `t`",
        "The function on the way to another point (`to`: a training, a list of numbers, `zeros`, or `initial`): straight, or with `bend` steps of training along the quadratic Bézier curve of lowest mean loss (Garipov et al. 2018). `NAME_barrier` beside it is the largest height above the straight line between the ends. The running averages of batch normalisation go over in a straight line as well, so that both ends have the loss of their trainings; in between they are not those that a training would find there.",
        example!("interpolation([1, 1, 1, 1], points: 5)"),
        interpolation,
    ),
    row(
        Group::Landscape,
        "sharpness",
        &[may("radius", Type::Real, "0.05"), may("kind", Type::Word, "worst"), may("probes", Type::Int, "100"), DATA],
        "a number; with its error for `average`",
        "How much the function rises in a ball around the point: at worst (ascent on the sphere), on average (over normal displacements of that root-mean-square length), or one step up the gradient (`sam`, Foret et al. 2021).",
        example!("sharpness(radius: 0.1)"),
        sharpness,
    ),
    row(
        Group::Landscape,
        "eigenvalue_map",
        &[
            may("directions", Type::Any, "random_directions(2)"),
            may("range", Type::List, "[-1, 1]"),
            may("points", Type::Int, "11"),
            may("end", Type::Word, "smallest"),
            DATA,
        ],
        "an eigenvalue over the new axes `α` and `β`",
        "The smallest (or largest) eigenvalue of the Hessian at each point of a slice.",
        example!("eigenvalue_map(random_directions(2), points: 3)"),
        map,
    ),
    row(
        Group::Landscape,
        "stationary_point",
        &[may("steps", Type::Int, "200"), may("tolerance", Type::Real, "1e-8"), DATA],
        "the function at the point that is found",
        "The critical point, of whatever index, that Newton steps on the size of the gradient lead to; `NAME_gradient_norm`, `NAME_index` (the number of negative eigenvalues; -1 where there are too many variables to tell), `NAME_distance` and `NAME_point` (its variables) stand beside it.",
        example!("stationary_point()"),
        |e, b, a| {
            let steps = count(e, a, 0, 200, 1)?;
            let tolerance = e.known_number(a, 1, 1e-8, "the tolerance")?;
            simple(e, b, a, 2, Probe::Stationary { steps, tolerance })
        },
    ),
    row(
        Group::Landscape,
        "random_directions",
        &[may("count", Type::Int, "2"), may("normalise", Type::Word, "none")],
        "directions",
        "Directions of standard normal components. `normalise`: `unit` (length 1), `filter` (each filter as long as that of the weights: Li et al. 2018), `layer`, `weight`, or `none`.",
        example!("slice(random_directions(1), points: 3)"),
        |e, _, a| {
            let n = count(e, a, 0, 2, 1)?;
            let normalise = match e.word(a, 1, "none")?.as_str() {
                "none" => Normalise::No,
                "unit" => Normalise::Unit,
                "filter" => Normalise::Filter,
                "layer" => Normalise::Layer,
                "weight" => Normalise::Weight,
                other => return one_of(e, a, 1, other, &["none", "unit", "filter", "layer", "weight"]),
            };
            Ok(Value::Directions(Rc::new(Directions::Random { count: n, normalise })))
        },
    ),
    row(
        Group::Landscape,
        "hessian_directions",
        &[may("largest", Type::Int, "1"), may("smallest", Type::Int, "1"), MATRIX],
        "directions",
        "Eigenvectors of the Hessian of the largest and of the smallest eigenvalues, of length 1.",
        example!("slice(hessian_directions(largest: 1, smallest: 1), points: 3)"),
        |e, _, a| {
            let (largest, smallest) = ends(e, a, (1, 1))?;
            let matrix = matrix(e, a, 2)?;
            Ok(Value::Directions(Rc::new(Directions::Hessian { largest, smallest, matrix })))
        },
    ),
    row(
        Group::Landscape,
        "pca_directions",
        &[may("count", Type::Int, "2")],
        "directions",
        "The principal components of the path of a training, of length 1: `keep { parameters: every 1 epoch }`.",
        "# probe path of fit { surface = slice(pca_directions(2)) }",
        |e, _, a| {
            let n = count(e, a, 0, 2, 1)?;
            Ok(Value::Directions(Rc::new(Directions::Trajectory { count: n })))
        },
    ),
    row(
        Group::Landscape,
        "gradient_direction",
        &[],
        "directions",
        "The gradient at the point, of length 1.",
        example!("slice(gradient_direction(), points: 3)"),
        |_, _, _| Ok(Value::Directions(Rc::new(Directions::Gradient))),
    ),
    row(
        Group::Landscape,
        "directions_to",
        &[need("points", Type::Point)],
        "directions",
        "From the point to each of some other points: trainings at a point, lists of numbers, `zeros`, or `initial`.",
        example!("slice(directions_to([[1, 0, 0, 0], [0, 0, 0, 1]]), points: 3)"),
        |e, _, a| {
            let Value::List(items) = a.get(0) else { return e.wrong_type(&a.get(0), a.place(0), "a list of points") };
            let points = items.iter().map(|p| e.point_in_space(p, a.place(0))).collect::<Eval<Vec<At>>>()?;
            if points.is_empty() || points.len() > 2 {
                return e.error(codes::DOMAIN, a.place(0), "a slice has one or two directions");
            }
            Ok(Value::Directions(Rc::new(Directions::To(points))))
        },
    ),
];

/// A look of the data in argument k.
fn simple(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, k: usize, probe: Probe) -> Eval {
    e.looks_here(b, a)?;
    let data = e.look_data(a.values.get(k).cloned().flatten(), a.place(k))?;
    e.look(probe, data, a.span, b.name)
}

fn training_only(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, probe: Probe) -> Eval {
    if e.looking.as_ref().is_some_and(|l| l.training) {
        return e.look(probe, None, a.span, b.name);
    }
    let d = Diagnostic::error(codes::NOT_HERE, a.span, format!("`{}` belongs to the `record` of a `train`", b.name));
    Err(e.fail(d))
}

fn count(e: &mut Elaborator, a: &Arguments, k: usize, default: usize, least: i64) -> Eval<usize> {
    /// More of anything is a slip.
    const MOST: i64 = 4_000_000;
    if !a.has(k) {
        return Ok(default);
    }
    let n = e.whole(&a.get(k), a.place(k), "a whole number")?;
    if n < least || n > MOST {
        let grouped = crate::elaborate::limits::grouped;
        let d = Diagnostic::error(
            codes::DOMAIN,
            a.place(k),
            format!("{} is too {} here", grouped(n), if n < least { "few" } else { "many" }),
        )
        .expected(format!("a whole number from {least} to {}", grouped(MOST)));
        return Err(e.fail(d));
    }
    Ok(n as usize)
}

fn ends(e: &mut Elaborator, a: &Arguments, default: (usize, usize)) -> Eval<(usize, usize)> {
    if !a.has(0) && !a.has(1) {
        return Ok(default);
    }
    let (largest, smallest) = (count(e, a, 0, 0, 0)?, count(e, a, 1, 0, 0)?);
    if largest + smallest == 0 {
        let d =
            Diagnostic::error(codes::DOMAIN, a.span, "how many eigenvalues?").expected("`largest: 1`, `smallest: 1`, or both");
        return Err(e.fail(d));
    }
    Ok((largest, smallest))
}

/// One of some words is expected.
fn one_of<T>(e: &mut Elaborator, a: &Arguments, k: usize, found: &str, words: &[&str]) -> Eval<T> {
    let mut d = Diagnostic::error(codes::DOMAIN, a.place(k), format!("`{found}` is not known here")).expected(format!(
        "one of {}",
        crate::elaborate::expression::quoted(&words.iter().map(|w| w.to_string()).collect::<Vec<_>>())
    ));
    if let Some(near) = crate::diagnostic::nearest(found, words.iter().copied()) {
        d = d.help(format!("did you mean `{near}`?"));
    }
    Err(e.fail(d))
}

fn matrix(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<Matrix> {
    let found = match e.word(a, k, "hessian")?.as_str() {
        "hessian" => Matrix::Hessian,
        "gauss_newton" => Matrix::GaussNewton,
        "fisher" => Matrix::Fisher,
        "empirical_fisher" => Matrix::EmpiricalFisher,
        other => return one_of(e, a, k, other, &["hessian", "gauss_newton", "fisher", "empirical_fisher"]),
    };
    if found != Matrix::Hessian && e.looking.as_ref().is_some_and(|l| l.network.is_none()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(k), "only a network has this matrix")
            .help("the energy of a model has its Hessian");
        return Err(e.fail(d));
    }
    Ok(found)
}

/// The dimension allows a dense matrix.
fn small(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval<()> {
    const MOST: usize = crate::kernels::landscape::stationary::WHOLE;
    let n = e.looking.as_ref().map_or(0, |l| l.dimension);
    if n <= MOST {
        return Ok(());
    }
    let message = format!("`{}` of {} variables", b.name, crate::elaborate::limits::grouped(n as i64));
    let d = Diagnostic::error(codes::MEMORY, a.span, message)
        .expected(format!("at most {}", crate::elaborate::limits::grouped(MOST as i64)))
        .help(match b.name {
            "hessian_spectrum" => "write `hessian_density()` for the shape of the spectrum, `hessian_eigenvalues(largest: 10, smallest: 10)` for its ends",
            "condition_number" => "write `hessian_eigenvalues(largest: 1, smallest: 1)` for the ends of the spectrum",
            _ => "`critical_point(random_directions(2))` and `hessian_eigenvalues(smallest: 10)` tell negative curvatures of any number of variables",
        });
    Err(e.fail(d))
}

fn range(e: &mut Elaborator, a: &Arguments, k: usize, default: (f64, f64)) -> Eval<(f64, f64)> {
    if !a.has(k) {
        return Ok(default);
    }
    let ends: Option<Vec<f64>> = match a.get(k) {
        Value::List(items) => items.iter().map(Value::number).collect(),
        _ => None,
    };
    match ends.as_deref() {
        Some([low, high]) if low < high && low.is_finite() && high.is_finite() => Ok((*low, *high)),
        _ => {
            let d = Diagnostic::error(codes::DOMAIN, a.place(k), "a range is a list of two numbers, the first below the second")
                .expected("such as `[-1, 1]`");
            Err(e.fail(d))
        }
    }
}

fn directions(e: &mut Elaborator, b: &'static Builtin, a: &Arguments, default: Directions) -> Eval<Directions> {
    e.looks_here(b, a)?;
    let found = match a.values.first().cloned().flatten() {
        None => default,
        Some(Value::Directions(d)) => (*d).clone(),
        Some(list @ (Value::List(_) | Value::Symbolic(_))) => e.given_directions(&list, a.place(0))?,
        Some(other) => return e.wrong_type(&other, a.place(0), "directions, such as `random_directions(2)`,"),
    };
    let dimension = e.looking.as_ref().map_or(0, |l| l.dimension);
    if found.count() > dimension {
        let d = Diagnostic::error(codes::DOMAIN, a.place(0), format!("{} directions in {dimension} dimensions", found.count()))
            .expected(format!("at most {dimension}"));
        return Err(e.fail(d));
    }
    if matches!(found, Directions::Random { normalise: Normalise::Filter, .. })
        && e.looking.as_ref().is_some_and(|l| l.network.is_none())
    {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(0), "the variables of a model are no filters")
            .help("write `random_directions(2, normalise: unit)`");
        return Err(e.fail(d));
    }
    if matches!(found, Directions::Trajectory { .. }) && e.looking.as_ref().is_some_and(|l| l.times.is_none()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.place(0), "there is no path whose principal components could be taken")
            .help("probe a training (`probe NAME of fit`) that has `keep { parameters: every 1 epoch }`");
        return Err(e.fail(d));
    }
    Ok(found)
}

fn in_a_plane(e: &mut Elaborator, a: &Arguments, directions: &Directions) -> Eval<()> {
    if directions.count() <= 2 {
        return Ok(());
    }
    let d = Diagnostic::error(codes::DOMAIN, a.place(0), format!("a slice along {} directions", directions.count()))
        .expected("one or two directions");
    Err(e.fail(d))
}

fn weight_norm(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let block = if a.has(0) { Some(e.word(a, 0, "")?) } else { None };
    if let Some(name) = &block {
        let network = e.looking.as_ref().and_then(|l| l.network);
        let machine = e.looking.as_ref().and_then(|l| l.machine);
        let names: Vec<String> = match (network, machine) {
            (Some(n), _) => e.elaborated.plan.networks[n as usize].parameters.iter().map(|p| p.name.clone()).collect(),
            (None, Some(m)) => e.elaborated.plan.models[m as usize].weights.iter().map(|p| p.name.clone()).collect(),
            _ => vec![],
        };
        if !names.contains(name) {
            let words: Vec<&str> = names.iter().map(String::as_str).collect();
            return one_of(e, a, 0, name, &words);
        }
    }
    e.look(Probe::WeightNorm { block }, None, a.span, b.name)
}

fn eigenvalues(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let (largest, smallest) = ends(e, a, (1, 0))?;
    let tolerance = e.known_number(a, 2, 1e-4, "the tolerance")?;
    if !(tolerance > 0.0 && tolerance < 1.0) {
        return e.error(codes::DOMAIN, a.place(2), "the tolerance is a number between 0 and 1");
    }
    let dimension = e.looking.as_ref().map_or(0, |l| l.dimension);
    if largest + smallest > dimension {
        let message = format!("{} eigenvalues of a matrix of {dimension} rows", largest + smallest);
        let d = Diagnostic::error(codes::DOMAIN, a.span, message).expected(format!("at most {dimension}"));
        return Err(e.fail(d));
    }
    let matrix = matrix(e, a, 3)?;
    simple(e, b, a, 4, Probe::Eigenvalues { largest, smallest, matrix, tolerance })
}

fn trace(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let probes = count(e, a, 0, 100, 2)?;
    let words = ["automatic", "exact", "rademacher", "gaussian", "hutchpp", "values"];
    let method = match e.word(a, 1, "automatic")?.as_str() {
        "automatic" => TraceMethod::Automatic,
        "exact" => TraceMethod::Exact,
        "rademacher" => TraceMethod::Rademacher,
        "gaussian" => TraceMethod::Gaussian,
        "hutchpp" => TraceMethod::HutchPlusPlus,
        "values" => TraceMethod::Values,
        other => return one_of(e, a, 1, other, &words),
    };
    let matrix = matrix(e, a, 2)?;
    if matrix != Matrix::Hessian && method == TraceMethod::Values {
        let d = Diagnostic::error(codes::CONFLICT, a.place(1), "`method: values` gives the trace of the Hessian alone")
            .expected("`exact`, `rademacher`, `gaussian` or `hutchpp` with this matrix");
        return Err(e.fail(d));
    }
    simple(e, b, a, 3, Probe::Trace { method, probes, matrix })
}

fn density(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let (points, probes, steps) = (count(e, a, 0, 201, 2)?, count(e, a, 1, 10, 1)?, count(e, a, 2, 100, 2)?);
    let range = if a.has(3) { Some(range(e, a, 3, (0.0, 1.0))?) } else { None };
    let width = if a.has(4) { Some(e.known_number(a, 4, 0.0, "the width")?) } else { None };
    if width.is_some_and(|w| w <= 0.0 || w.is_nan()) {
        return e.error(codes::DOMAIN, a.place(4), "the width of the smoothing is a positive number");
    }
    let matrix = matrix(e, a, 5)?;
    simple(e, b, a, 6, Probe::Density { points, probes, steps, range, width, matrix })
}

fn critical_point(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let directions = directions(e, b, a, Directions::Random { count: 2, normalise: Normalise::No })?;
    let draws = count(e, a, 1, 1_000, 1)?;
    let flat = e.known_number(a, 2, 1e-10, "the width of what counts as flat")?;
    simple(e, b, a, 3, Probe::CriticalPoint { directions, draws, flat })
}

fn slice(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    // The variables of a model are no filters.
    let model = e.looking.as_ref().is_some_and(|l| l.network.is_none());
    let normalise = if model { Normalise::Unit } else { Normalise::Filter };
    let directions = directions(e, b, a, Directions::Random { count: 2, normalise })?;
    in_a_plane(e, a, &directions)?;
    let range = range(e, a, 1, (-1.0, 1.0))?;
    let points = count(e, a, 2, 41, 2)?;
    simple(e, b, a, 3, Probe::Slice { directions, range, points })
}

fn trajectory(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let directions = directions(e, b, a, Directions::Trajectory { count: 2 })?;
    if e.looking.as_ref().is_some_and(|l| l.times.is_none()) {
        let d = Diagnostic::error(codes::NOT_HERE, a.span, "there is no path to project")
            .help("probe a training (`probe NAME of fit`) that has `keep { parameters: every 1 epoch }`");
        return Err(e.fail(d));
    }
    e.look(Probe::Trajectory { directions }, None, a.span, b.name)
}

fn interpolation(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    e.looks_here(b, a)?;
    let to = e.point_in_space(&a.get(0), a.place(0))?;
    let points = count(e, a, 1, 51, 2)?;
    let range = range(e, a, 2, (0.0, 1.0))?;
    let bend = count(e, a, 3, 0, 0)?;
    simple(e, b, a, 4, Probe::Interpolation { to, points, range, bend: Some(bend).filter(|n| *n > 0) })
}

fn sharpness(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let radius = e.known_number(a, 0, 0.05, "the radius")?;
    if !(radius > 0.0 && radius.is_finite()) {
        return e.error(codes::DOMAIN, a.place(0), "the radius of the ball is a positive number");
    }
    let kind = match e.word(a, 1, "worst")?.as_str() {
        "worst" => Sharpness::Worst,
        "average" => Sharpness::Average,
        "sam" => Sharpness::Sam,
        other => return one_of(e, a, 1, other, &["worst", "average", "sam"]),
    };
    let probes = count(e, a, 2, 100, 2)?;
    simple(e, b, a, 3, Probe::Sharpness { radius, kind, probes })
}

fn map(e: &mut Elaborator, b: &'static Builtin, a: &Arguments) -> Eval {
    let directions = directions(e, b, a, Directions::Random { count: 2, normalise: Normalise::No })?;
    in_a_plane(e, a, &directions)?;
    let range = range(e, a, 1, (-1.0, 1.0))?;
    let points = count(e, a, 2, 11, 2)?;
    let largest = match e.word(a, 3, "smallest")?.as_str() {
        "smallest" => false,
        "largest" => true,
        other => return one_of(e, a, 3, other, &["smallest", "largest"]),
    };
    simple(e, b, a, 4, Probe::EigenvalueMap { directions, range, points, largest })
}
