//! Energies of finite spins as sums of tabulated functions of one and of two spins.
//!
//! Sums over index sets are walked; each of their terms becomes a function of at most two numbered sites. A function is known by its
//! operations, and its table is made once, however many sites it is applied to.

use super::instantiate::{Fold, Instantiate, Sink, Value};
use super::materials::{Materials, depends_on_state};
use super::memory;
use super::size::{domain_size, is_truth};
use crate::kernels::exact::TableEnergy;
use crate::plan::{Domain, Expr, Function, Model, Op, Reduction};
use std::collections::HashMap;

/// Entries of all tables together.
const MOST_ENTRIES: usize = 1 << 26;
/// Bytes of a term.
const TERM_BYTES: f64 = 24.0;

/// The energy of a model of finite spins as tables. Errors: a term of more than two spins, or what it would need.
pub fn table_energy(materials: &Materials, model: &Model) -> Result<TableEnergy, String> {
    if let Some(v) = model.variables.iter().find(|v| v.values().is_empty()) {
        return Err(format!("`{}` are {}, not spins", v.name, v.kind()));
    }
    if let Some(v) = model.variables.iter().find(|v| v.values().len() > 256) {
        return Err(format!("`{}` has {} values: at most 256 are possible", v.name, v.values().len()));
    }
    if model.sites() >= u32::MAX as usize {
        return Err(format!("{} spins are more than can be numbered", model.sites()));
    }
    memory::check("the list of spins", 2 * model.sites() as u64)?;
    let part = compile(materials, &model.energy, 1.0)?;
    let mut sites = Vec::with_capacity(model.sites());
    for (k, v) in model.variables.iter().enumerate() {
        sites.resize(sites.len() + v.sites, k as u32);
    }
    let sets = model.variables.iter().map(|v| v.values().to_vec()).collect();
    let mut sink = Tables { sets, sites, functions: Vec::new(), entries: 0, known: HashMap::new() };
    let mut out = TableEnergy::default();
    let mut walk = Instantiate::new(materials, model, &mut sink, usize::MAX);
    run(&mut walk, &part, 1.0, &mut out)?;
    out.sizes = sink.sites.iter().map(|&k| sink.sets[k as usize].len() as u16).collect();
    out.tables = sink.functions.into_iter().map(|f| f.table).collect();
    Ok(out)
}

/// An energy, cut where it is linear.
enum Part<'e> {
    /// Without the state.
    Free(&'e Expr),
    /// One term.
    Term(&'e Expr),
    /// One where an expression is not zero.
    Counted(&'e Expr),
    /// A term where a condition on the state holds, else zero; `true`: counted.
    Where(&'e Expr, &'e Expr, bool),
    Scaled(&'e Expr, Box<Part<'e>>),
    Divided(&'e Expr, Box<Part<'e>>),
    Sum(Vec<(f64, Part<'e>)>),
    Choose(&'e Expr, Box<Part<'e>>, Box<Part<'e>>),
    Each {
        domains: &'e [Domain],
        filter: Option<&'e Expr>,
        body: Box<Part<'e>>,
        mean: bool,
    },
    /// The elements of a whole array; counted, or their mean.
    Elements {
        whole: &'e Expr,
        counted: bool,
        mean: bool,
    },
}

/// `times`: how often it will be walked at most.
fn compile<'e>(materials: &Materials, e: &'e Expr, times: f64) -> Result<Part<'e>, String> {
    if !depends_on_state(e) {
        return Ok(Part::Free(e));
    }
    let go = |e: &'e Expr| compile(materials, e, times);
    Ok(match e {
        Expr::Unary(Function::Negate, x) => Part::Sum(vec![(-1.0, go(x)?)]),
        Expr::Binary(Op::Add, a, b) => Part::Sum(vec![(1.0, go(a)?), (1.0, go(b)?)]),
        Expr::Binary(Op::Subtract, a, b) => Part::Sum(vec![(1.0, go(a)?), (-1.0, go(b)?)]),
        Expr::Binary(Op::Multiply, a, b) if !depends_on_state(a) => Part::Scaled(a, Box::new(go(b)?)),
        Expr::Binary(Op::Multiply, a, b) if !depends_on_state(b) => Part::Scaled(b, Box::new(go(a)?)),
        Expr::Binary(Op::Divide, a, b) if !depends_on_state(b) => Part::Divided(b, Box::new(go(a)?)),
        Expr::If(c, a, b) if !depends_on_state(c) => Part::Choose(c, Box::new(go(a)?), Box::new(go(b)?)),
        Expr::Fold(op @ (Reduction::Sum | Reduction::Mean | Reduction::Count), whole) => {
            Part::Elements { whole, counted: *op == Reduction::Count, mean: *op == Reduction::Mean }
        }
        Expr::Reduce { op: op @ (Reduction::Sum | Reduction::Mean | Reduction::Count), domains, filter, body } => {
            let mut size = times;
            for domain in domains {
                size *= domain_size(materials, domain)?;
            }
            memory::check("the list of its terms", (TERM_BYTES * size) as u64)?;
            let counted = *op == Reduction::Count && !is_truth(body);
            let (filter, body) = match filter.as_deref() {
                Some(filter) if depends_on_state(filter) => {
                    if *op == Reduction::Mean {
                        return Err("it has a mean over spins that the state chooses".into());
                    }
                    (None, Part::Where(filter, body, counted))
                }
                filter if counted => (filter, Part::Counted(body)),
                filter => (filter, compile(materials, body, size)?),
            };
            Part::Each { domains, filter, body: Box::new(body), mean: *op == Reduction::Mean }
        }
        _ => Part::Term(e),
    })
}

type Walk<'a, 'p> = Instantiate<'a, 'p, Tables>;

/// Adds `c` times a part.
fn run(walk: &mut Walk, part: &Part, c: f64, out: &mut TableEnergy) -> Result<(), String> {
    match part {
        Part::Free(e) => out.constant += c * number(walk, e)?,
        Part::Term(e) => {
            let value = walk.scalar(e)?;
            add(walk, value, c, out)?;
        }
        Part::Counted(e) => {
            let value = walk.scalar(e)?;
            let value = walk.binary(Op::NotEqual, value, Value::Number(0.0))?;
            add(walk, value, c, out)?;
        }
        Part::Where(condition, e, counted) => {
            let condition = walk.scalar(condition)?;
            if matches!(condition, Value::Number(0.0)) {
                return Ok(());
            }
            let mut value = walk.scalar(e)?;
            if *counted {
                value = walk.binary(Op::NotEqual, value, Value::Number(0.0))?;
            }
            if let Value::Node(condition) = condition {
                let (value, zero) = (walk.node(value), walk.sink.constant(0.0));
                let chosen = walk.sink.choose(condition, value, zero);
                add(walk, Value::Node(chosen), c, out)?;
            } else {
                add(walk, value, c, out)?;
            }
        }
        Part::Scaled(factor, part) => {
            let factor = number(walk, factor)?;
            run(walk, part, c * factor, out)?;
        }
        Part::Divided(by, part) => {
            let by = number(walk, by)?;
            run(walk, part, c / by, out)?;
        }
        Part::Sum(parts) => {
            for (sign, part) in parts {
                run(walk, part, sign * c, out)?;
            }
        }
        Part::Choose(condition, a, b) => {
            let chosen = if number(walk, condition)? == 0.0 { b } else { a };
            run(walk, chosen, c, out)?;
        }
        Part::Each { domains, filter, body, mean } => {
            let holds = |walk: &mut Walk| match filter {
                Some(filter) => Ok::<bool, String>(number(walk, filter)? != 0.0),
                None => Ok(true),
            };
            let mut c = c;
            if *mean {
                let mut count = 0.0;
                walk.each(domains, &mut |walk| {
                    count += f64::from(u8::from(holds(walk)?));
                    Ok(())
                })?;
                if count == 0.0 {
                    return Err("it has a mean over nothing".into());
                }
                c /= count;
            }
            walk.each(domains, &mut |walk| if holds(walk)? { run(walk, body, c, out) } else { Ok(()) })?;
        }
        Part::Elements { whole, counted, mean } => {
            let elements = walk.elements(whole)?;
            let c = if *mean { c / elements.len() as f64 } else { c };
            for mut value in elements {
                if *counted {
                    value = walk.binary(Op::NotEqual, value, Value::Number(0.0))?;
                }
                add(walk, value, c, out)?;
            }
        }
    }
    Ok(())
}

fn number(walk: &mut Walk, e: &Expr) -> Result<f64, String> {
    match walk.scalar(e)? {
        Value::Number(x) => Ok(x),
        Value::Node(_) => Err("a weight depends on the state".into()),
    }
}

fn add(walk: &Walk, value: Value<Applied>, c: f64, out: &mut TableEnergy) -> Result<(), String> {
    match value {
        Value::Number(x) => out.constant += c * x,
        Value::Node(Applied { count: 0, function, .. }) => out.constant += c * walk.sink.functions[function as usize].table[0],
        _ if c == 0.0 => {}
        Value::Node(Applied { count: 1, function, sites: [i, _] }) => out.fields.push((i, function, c)),
        Value::Node(Applied { count: 2, function, sites: [i, j] }) => out.bonds.push((i, j, function, c)),
        Value::Node(_) => return Err("it has a term of more than two spins".into()),
    }
    Ok(())
}

/// A function at some sites.
#[derive(Clone, Copy, Debug)]
struct Applied {
    function: u32,
    /// Distinct sites; more than two mean that there are too many, and no function.
    count: u8,
    sites: [u32; 2],
}

const TOO_MANY: Applied = Applied { function: 0, count: 3, sites: [0; 2] };

/// What a function does with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Constant(u64),
    /// The value of a site of a variable.
    Spin(u32),
    Unary(Function),
    Binary(Op),
    Choose,
}

/// An operation, its operands, and for each the places of its sites among those of the whole.
type Operation = (What, [(u32, [u8; 2]); 3]);

struct Tabulated {
    /// Numbers of values of its sites, 1 where there is none.
    sizes: [usize; 2],
    table: Vec<f64>,
}

/// A sink for functions of at most two sites.
struct Tables {
    sets: Vec<Vec<f64>>,
    /// By site: its variable.
    sites: Vec<u32>,
    functions: Vec<Tabulated>,
    entries: usize,
    known: HashMap<Operation, u32>,
}

impl Tables {
    fn size(&self, site: u32) -> usize {
        self.sets[self.sites[site as usize] as usize].len()
    }

    /// An operation on functions. Its table is made where it is not known.
    fn apply(&mut self, what: What, operands: &[Applied]) -> Applied {
        let (mut sites, mut count) = ([0; 2], 0usize);
        let mut key = [(0, [0u8; 2]); 3];
        for (operand, own) in operands.iter().zip(&mut key) {
            if operand.count > 2 {
                return TOO_MANY;
            }
            own.0 = operand.function;
            for k in 0..usize::from(operand.count) {
                let place = sites[..count].iter().position(|s| *s == operand.sites[k]).unwrap_or_else(|| {
                    if count < 2 {
                        sites[count] = operand.sites[k];
                    }
                    count += 1;
                    count - 1
                });
                if count > 2 {
                    return TOO_MANY;
                }
                own.1[k] = place as u8;
            }
        }
        let operation = (what, key);
        let function = match self.known.get(&operation) {
            Some(known) => *known,
            None => {
                let mut sizes = [1; 2];
                (0..count).for_each(|k| sizes[k] = self.size(sites[k]));
                let value = |entry: usize, k: usize| {
                    let (at, f) = ([entry % sizes[0], entry / sizes[0]], &self.functions[operands[k].function as usize]);
                    let first = if operands[k].count > 0 { at[usize::from(key[k].1[0])] } else { 0 };
                    let second = if operands[k].count > 1 { at[usize::from(key[k].1[1])] } else { 0 };
                    f.table[first + f.sizes[0] * second]
                };
                let entry = |entry: usize| match what {
                    What::Unary(f) => f.apply(value(entry, 0)),
                    What::Binary(op) => op.apply(value(entry, 0), value(entry, 1)),
                    What::Choose => value(entry, if value(entry, 0) != 0.0 { 1 } else { 2 }),
                    What::Constant(bits) => f64::from_bits(bits),
                    What::Spin(_) => f64::NAN,
                };
                let table = (0..sizes[0] * sizes[1]).map(entry).collect();
                self.insert(operation, Tabulated { sizes, table })
            }
        };
        Applied { function, count: count as u8, sites }
    }

    fn insert(&mut self, operation: Operation, new: Tabulated) -> u32 {
        self.entries += new.table.len();
        self.functions.push(new);
        let function = self.functions.len() as u32 - 1;
        self.known.insert(operation, function);
        function
    }

    fn limited(&self, applied: Applied) -> Result<Applied, String> {
        if applied.count > 2 {
            return Err("it has a term of more than two spins".into());
        }
        if self.entries > MOST_ENTRIES {
            return Err("its terms are of too many kinds to be tabulated".into());
        }
        Ok(applied)
    }
}

impl Sink for Tables {
    type Node = Applied;

    fn constant(&mut self, x: f64) -> Applied {
        self.apply(What::Constant(x.to_bits()), &[])
    }

    fn spin(&mut self, site: usize) -> Applied {
        // Other replicas have no part in an energy.
        let Some(&variable) = self.sites.get(site) else { return TOO_MANY };
        let operation = (What::Spin(variable), [(0, [0; 2]); 3]);
        let function = match self.known.get(&operation) {
            Some(known) => *known,
            None => {
                let table = self.sets[variable as usize].clone();
                self.insert(operation, Tabulated { sizes: [table.len(), 1], table })
            }
        };
        Applied { function, count: 1, sites: [site as u32, 0] }
    }

    fn unary(&mut self, function: Function, a: Applied) -> Result<Applied, String> {
        let applied = self.apply(What::Unary(function), &[a]);
        self.limited(applied)
    }

    fn binary(&mut self, op: Op, a: Applied, b: Applied) -> Result<Applied, String> {
        let applied = self.apply(What::Binary(op), &[a, b]);
        self.limited(applied)
    }

    fn choose(&mut self, condition: Applied, a: Applied, b: Applied) -> Applied {
        self.apply(What::Choose, &[condition, a, b])
    }

    fn fold(&mut self, fold: Fold, operands: Vec<Applied>) -> Applied {
        let op = match fold {
            Fold::Sum => Op::Add,
            Fold::Product => Op::Multiply,
            Fold::Min => Op::Minimum,
            Fold::Max => Op::Maximum,
        };
        let folded = operands.into_iter().reduce(|a, b| self.apply(What::Binary(op), &[a, b]));
        folded.unwrap_or(TOO_MANY)
    }

    fn leaf(&mut self, e: &Expr, _: usize) -> Result<Applied, String> {
        Err(match e {
            Expr::Result { task, quantity, .. } => format!("`{task}.{quantity}` is not known yet"),
            _ => "an energy depends on the state alone".into(),
        })
    }

    fn total(&mut self, _: usize, count: usize) -> Option<Applied> {
        (count > 2).then_some(TOO_MANY)
    }

    fn dot(&mut self, _: usize, _: usize, count: usize) -> Option<Applied> {
        (count > 2).then_some(TOO_MANY)
    }

    fn size(&self) -> usize {
        self.functions.len()
    }
}
