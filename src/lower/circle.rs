//! Angles as unit vectors in the plane: cos and sin of whole-number combinations of angles are polynomials of their components.
//!
//! An XY model is thereby an O(2) model, whatever the way in which its cosines were written.

use super::materials::depends_on_state;
use super::number;
use crate::plan::{Domain, Expr, Function, Model, Op, Reduction, Space, Variable};

/// Angles in the argument of one cosine, counted as often as they occur.
const MOST_ANGLES: i64 = 4;

/// The model with its one variable of angles replaced by vectors in the plane. Errors: what stands in the way.
pub fn as_vectors(model: &Model) -> Result<Model, String> {
    let [v] = &model.variables[..] else { return Err(format!("the model has {} variables, not one", model.variables.len())) };
    if v.space != Space::Circle {
        return Err(format!("`{}` are {}, not angles", v.name, v.kind()));
    }
    let mut rewrite = Rewrite { sites: v.sites, next: 1 << 29, failed: None };
    let energy = rewrite.expression(&model.energy);
    match rewrite.failed {
        Some(reason) => Err(reason),
        None => Ok(Model {
            name: model.name.clone(),
            variables: vec![Variable { space: Space::Sphere(2), ..v.clone() }],
            weights: vec![],
            energy,
            field: None,
        }),
    }
}

/// Σ multiples × angles + a number.
struct Combination {
    angles: Vec<(i64, Expr, Option<u32>)>,
    constant: Expr,
}

struct Rewrite {
    sites: usize,
    /// The next bound index that nothing else has.
    next: u32,
    failed: Option<String>,
}

impl Rewrite {
    fn fail(&mut self, reason: String) -> Expr {
        self.failed.get_or_insert(reason);
        Expr::Number(f64::NAN)
    }

    fn expression(&mut self, e: &Expr) -> Expr {
        if !depends_on_state(e) {
            return e.clone();
        }
        match e {
            Expr::Unary(f @ (Function::Cos | Function::Sin), x) => match combination(x) {
                Some(c) => self.expanded(*f, &c),
                None => self.fail("a cosine is not of a whole-number combination of angles".into()),
            },
            Expr::Element { .. } | Expr::Variable { .. } => self.fail("an angle stands outside of a cosine or a sine".into()),
            Expr::Fold(op @ (Reduction::Sum | Reduction::Mean), x) => {
                let local = self.next;
                self.next += 1;
                match at(x, &Expr::Local(local)) {
                    Some(body) => {
                        let domains = vec![Domain::Range { local, start: 0, end: self.sites as i64 }];
                        let body = self.expression(&body).boxed();
                        Expr::Reduce { op: *op, domains, filter: None, body }
                    }
                    None => e.map_parts(&mut |part| self.expression(part)),
                }
            }
            _ => e.map_parts(&mut |part| self.expression(part)),
        }
    }

    /// cos or sin of a combination, by the multiplication of complex numbers.
    fn expanded(&mut self, f: Function, c: &Combination) -> Expr {
        let count: i64 = c.angles.iter().map(|a| a.0.abs()).sum();
        if count > MOST_ANGLES {
            return self.fail(format!("a cosine of {count} angles is too long to be expanded"));
        }
        let (mut re, mut im) = (applied(Function::Cos, &c.constant), applied(Function::Sin, &c.constant));
        for (multiple, site, bond) in &c.angles {
            let component = |k: f64| Expr::Element {
                variable: 0,
                replica: 0,
                site: plus(times(Expr::Number(2.0), site.clone()), Expr::Number(k)).boxed(),
                bond: *bond,
            };
            let (x, y) = (component(0.0), component(1.0));
            for _ in 0..multiple.abs() {
                let y = if *multiple < 0 { negated(y.clone()) } else { y.clone() };
                let next = minus(times(re.clone(), x.clone()), times(im.clone(), y.clone()));
                im = plus(times(re, y), times(im, x.clone()));
                re = next;
            }
        }
        if f == Function::Cos { re } else { im }
    }
}

/// An element of an array expression over the whole variable; `None` for anything else.
fn at(x: &Expr, i: &Expr) -> Option<Expr> {
    Some(match x {
        Expr::Variable { variable, replica } => {
            Expr::Element { variable: *variable, replica: *replica, site: i.clone().boxed(), bond: None }
        }
        Expr::Array(a) if a.shape.len() == 1 => Expr::Index(x.clone().boxed(), vec![i.clone()]),
        Expr::Random(d) if d.shape.len() == 1 => Expr::Index(x.clone().boxed(), vec![i.clone()]),
        Expr::Unary(f, x) => Expr::Unary(*f, at(x, i)?.boxed()),
        Expr::Binary(op, a, b) => match (at(a, i), at(b, i)) {
            (Some(a), Some(b)) => Expr::Binary(*op, a.boxed(), b.boxed()),
            (Some(a), None) if !depends_on_state(b) => Expr::Binary(*op, a.boxed(), b.clone()),
            (None, Some(b)) if !depends_on_state(a) => Expr::Binary(*op, a.clone(), b.boxed()),
            _ => return None,
        },
        _ => return None,
    })
}

fn combination(e: &Expr) -> Option<Combination> {
    if !depends_on_state(e) {
        return Some(Combination { angles: vec![], constant: e.clone() });
    }
    match e {
        Expr::Element { site, bond, replica: 0, .. } if !depends_on_state(site) => {
            Some(Combination { angles: vec![(1, (**site).clone(), *bond)], constant: Expr::Number(0.0) })
        }
        Expr::Unary(Function::Negate, x) => combination(x).map(|c| c.scaled(-1)),
        Expr::Binary(op @ (Op::Add | Op::Subtract), a, b) => {
            let (mut a, b) = (combination(a)?, combination(b)?);
            let b = if *op == Op::Subtract { b.scaled(-1) } else { b };
            a.angles.extend(b.angles);
            Some(Combination { constant: plus(a.constant, b.constant), ..a })
        }
        Expr::Binary(Op::Multiply, a, b) => {
            let (k, c) = match (number::constant(a), number::constant(b)) {
                (Some(k), _) => (k, combination(b)?),
                (None, Some(k)) => (k, combination(a)?),
                _ => return None,
            };
            (k == libm::round(k) && k.abs() <= MOST_ANGLES as f64).then(|| c.scaled(k as i64))
        }
        _ => None,
    }
}

impl Combination {
    fn scaled(self, k: i64) -> Combination {
        Combination {
            angles: self.angles.into_iter().map(|(m, site, bond)| (k * m, site, bond)).collect(),
            constant: times(Expr::Number(k as f64), self.constant),
        }
    }
}

fn applied(f: Function, x: &Expr) -> Expr {
    match number::constant(x) {
        Some(x) => Expr::Number(f.apply(x)),
        None => Expr::Unary(f, x.clone().boxed()),
    }
}

fn negated(e: Expr) -> Expr {
    times(Expr::Number(-1.0), e)
}

fn plus(a: Expr, b: Expr) -> Expr {
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => Expr::Number(x + y),
        (Some(0.0), _) => b,
        (_, Some(0.0)) => a,
        _ => Expr::Binary(Op::Add, a.boxed(), b.boxed()),
    }
}

fn minus(a: Expr, b: Expr) -> Expr {
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => Expr::Number(x - y),
        (_, Some(0.0)) => a,
        _ => Expr::Binary(Op::Subtract, a.boxed(), b.boxed()),
    }
}

fn times(a: Expr, b: Expr) -> Expr {
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => Expr::Number(x * y),
        (Some(0.0), _) | (_, Some(0.0)) => Expr::Number(0.0),
        (Some(1.0), _) => b,
        (_, Some(1.0)) => a,
        _ => Expr::Binary(Op::Multiply, a.boxed(), b.boxed()),
    }
}
