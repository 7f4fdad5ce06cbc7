//! The Hessian and matrices like it: their eigenvalues, their trace, their density.

use super::arguments::{DATA, MATRIX, count, ends, matrix, range, simple};
use super::example;
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::builtins::{Builtin, Group, Type, may, row};
use crate::elaborate::value::Eval;
use crate::plan::landscape::{Matrix, Probe, TraceMethod};

pub const ROWS: &[Builtin] = &[
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
];

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
    let words = [
        ("automatic", TraceMethod::Automatic),
        ("exact", TraceMethod::Exact),
        ("rademacher", TraceMethod::Rademacher),
        ("gaussian", TraceMethod::Gaussian),
        ("hutchpp", TraceMethod::HutchPlusPlus),
        ("values", TraceMethod::Values),
    ];
    let method = e.choice(a, 1, &words)?;
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
