//! Looks at landscapes, in `record` and `probe`: where they may stand, of which data, and the quantities that they give.

use super::Elaborator;
use super::arguments::Arguments;
use super::builtins::Builtin;
use super::value::{Eval, Kind, OfData, Symbolic, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::Expr;
use crate::plan::data::{DataSet, Target};
use crate::plan::landscape::{Look, LookColumn, Part, Probe, Subject};
use crate::results::AxisValues;
use std::rc::Rc;

/// What is looked at, and the looks so far.
pub struct Looking {
    pub subject: Subject,
    pub network: Option<u32>,
    /// A model with weights.
    pub machine: Option<u32>,
    pub dimension: usize,
    /// The task's own data set.
    pub data: Option<u32>,
    /// The moments at which the weights of the training that is probed were kept.
    pub times: Option<AxisValues>,
    /// On the way of a training.
    pub training: bool,
    pub looks: Vec<Look>,
    /// The quantity in hand, and how many looks it has.
    pub name: String,
    pub count: usize,
}

impl Looking {
    /// The parts of look k.
    pub fn parts(&self, k: u32) -> Vec<Part> {
        self.looks.get(k as usize).map_or_else(Vec::new, |l| l.what.parts(self.dimension, self.times.as_ref()))
    }

    /// A quantity's columns: its value, and where it is one look alone, the further parts of that.
    pub fn columns(&self, name: &str, s: &Symbolic) -> Vec<LookColumn> {
        let mut out =
            vec![LookColumn { name: name.to_string(), expr: s.expr.clone(), axes: s.axes.clone(), shape: s.shape.clone() }];
        if let Expr::Look { look, part: 0 } = s.expr {
            for (k, part) in self.parts(look).into_iter().enumerate().skip(1) {
                out.push(LookColumn {
                    name: format!("{name}_{}", part.suffix),
                    expr: Expr::Look { look, part: k as u16 },
                    axes: part.axes,
                    shape: part.shape,
                });
            }
        }
        out
    }
}

impl Elaborator<'_> {
    /// A look as a value: its first part.
    pub(crate) fn look(&mut self, what: Probe, data: Option<u32>, span: Span, name: &str) -> Eval {
        let Some(looking) = &mut self.looking else {
            let d = Diagnostic::error(codes::NOT_HERE, span, format!("`{name}` stands outside of a `probe` and a `record`"))
                .label("there is no point to look at")
                .help("write it in `probe NAME of MODEL { ... }`, or in the `record` of a `train`");
            return Err(self.fail(d));
        };
        let stream = format!("{} {}", looking.name, looking.count);
        looking.count += 1;
        looking.looks.push(Look { what, data, stream });
        let k = looking.looks.len() as u32 - 1;
        let part = looking.parts(k).swap_remove(0);
        let expr = Expr::Look { look: k, part: 0 };
        Ok(Value::Symbolic(Rc::new(Symbolic { expr, kind: Kind::Real, shape: part.shape, axes: part.axes, index: None })))
    }

    /// A diagnostic unless a landscape is looked at.
    pub(crate) fn looks_here(&mut self, b: &'static Builtin, a: &Arguments) -> Eval<()> {
        if self.looking.is_some() {
            return Ok(());
        }
        self.look(Probe::Loss, None, a.span, b.name).map(|_| ())
    }

    /// The data set of a look: an argument, or the task's own; none for a model.
    pub(crate) fn look_data(&mut self, value: Option<Value>, span: Span) -> Eval<Option<u32>> {
        let Some(looking) = &self.looking else { return Err(super::value::Failed) };
        let (network, own) = (looking.network, looking.data);
        if let Some(machine) = looking.machine {
            return match value {
                Some(Value::Data(data)) => self.data_for_machine(machine, &data, span).map(Some),
                Some(other) => self.wrong_type(&other, span, "a data set"),
                None if own.is_some() => Ok(own),
                None => {
                    let d = Diagnostic::error(codes::MISSING_SETTING, span, "of which data?")
                        .help("give the task the setting `data`, or name the data set here");
                    Err(self.fail(d))
                }
            };
        }
        match (value, network) {
            (None, None) => Ok(None),
            (None, Some(_)) if own.is_some() => Ok(own),
            (None, Some(_)) => {
                let d = Diagnostic::error(codes::MISSING_SETTING, span, "this needs data to evaluate the loss on")
                    .help("give the task the setting `data`, or name the data set here: `loss(split.test)`");
                Err(self.fail(d))
            }
            (Some(_), None) => {
                let d = Diagnostic::error(codes::NOT_HERE, span, "the energy of a model does not depend on data")
                    .help("leave the argument out");
                Err(self.fail(d))
            }
            (Some(Value::Data(data)), Some(network)) => self.data_for(network, &data, span).map(Some),
            (Some(other), _) => self.wrong_type(&other, span, "a data set"),
        }
    }

    /// The place of a data set among the plan's.
    fn data_index(&mut self, data: &DataSet) -> u32 {
        let all = &mut self.elaborated.plan.data;
        match all.iter().position(|d| d == data) {
            Some(k) => k as u32,
            None => {
                all.push(data.clone());
                all.len() as u32 - 1
            }
        }
    }

    /// A data set for a network: it must bring what the network takes.
    pub(crate) fn data_for(&mut self, network: u32, data: &Rc<DataSet>, span: Span) -> Eval<u32> {
        if let Some(k) = self.elaborated.plan.data.iter().position(|d| *d == **data)
            && self.fitting.contains(&(network, k as u32))
        {
            return Ok(k as u32);
        }
        let facts = match self.facts(data) {
            Ok(facts) => facts,
            Err(reason) => return self.error(codes::CANNOT_READ, span, reason),
        };
        let n = &self.elaborated.plan.networks[network as usize];
        let name = n.name.clone();
        let first = n.inputs.first().cloned();
        let second = n.inputs.get(1).cloned();
        if n.inputs.len() > 2 {
            let d = Diagnostic::error(codes::SHAPE, span, format!("`{name}` has {} inputs", n.inputs.len()))
                .expected("one input, and a class or target: a data set brings these two");
            return Err(self.fail(d));
        }
        if let Some(input) = first {
            let size = |s: &[usize]| s.iter().product::<usize>();
            let fits = match input.classes {
                Some(_) => size(&facts.shape) == 1,
                None => facts.shape == input.shape || size(&facts.shape) == size(&input.shape),
            };
            if !fits {
                let d =
                    Diagnostic::error(codes::SHAPE, span, format!("the data do not fit the input `{}` of `{name}`", input.name))
                        .label(format!("an example has the shape {}", super::network::bracketed(&facts.shape)))
                        .expected(super::network::bracketed(&input.shape))
                        .help(remedy(&name, &input.name, &input.shape, &facts.shape));
                return Err(self.fail(d));
            }
        }
        if let Some(target) = second {
            let brings = match &facts.target {
                Target::None => "no classes and no targets".to_string(),
                Target::Classes(n) => format!("{n} classes"),
                Target::Values(shape) => format!("targets of the shape {}", super::network::bracketed(shape)),
            };
            let (fits, wanted) = match (&facts.target, target.classes) {
                (Target::Classes(n), Some(m)) => (*n <= m, format!("at most {m} classes, as `{}: class({m})`", target.name)),
                (Target::Values(shape), None) => (
                    shape.iter().product::<usize>() == target.shape.iter().product::<usize>(),
                    format!("targets of the shape {}", super::network::bracketed(&target.shape)),
                ),
                (_, Some(m)) => (false, format!("classes below {m}")),
                (_, None) => (false, format!("targets of the shape {}", super::network::bracketed(&target.shape))),
            };
            if !fits {
                let mut d =
                    Diagnostic::error(codes::SHAPE, span, format!("the data do not fit the input `{}` of `{name}`", target.name))
                        .label(format!("the data set has {brings}"))
                        .expected(wanted);
                if let (Target::Classes(n), None) = (&facts.target, target.classes) {
                    d = d.help(format!("write `input ..., {}: class({n})`, or take `data.one_hot()`", target.name));
                }
                return Err(self.fail(d));
            }
        }
        if facts.examples == 0 {
            return self.error(codes::DOMAIN, span, "the data set has no examples");
        }
        self.numbers_fit(network, data, span)?;
        let k = self.data_index(data);
        self.fitting.insert((network, k));
        Ok(k)
    }

    /// A data set of visible states of a machine: its width is checked here, its values before the run.
    pub(crate) fn data_for_machine(&mut self, model: u32, data: &Rc<DataSet>, span: Span) -> Eval<u32> {
        let facts = match self.facts(data) {
            Ok(facts) => facts,
            Err(reason) => return self.error(codes::CANNOT_READ, span, reason),
        };
        let m = &self.elaborated.plan.models[model as usize];
        let (name, visible) = (m.name.clone(), &m.variables[0]);
        let (units, width) = (visible.components(), facts.shape.iter().product::<usize>());
        if units != width {
            let v = visible.name.clone();
            let d = Diagnostic::error(codes::SHAPE, span, format!("the data do not fit the visible units `{v}` of `{name}`"))
                .label(format!("an example has {width} numbers"))
                .expected(format!("{units} numbers: the first variable of the model, `{v}`, is what is visible"));
            return Err(self.fail(d));
        }
        if facts.examples == 0 {
            return self.error(codes::DOMAIN, span, "the data set has no examples");
        }
        Ok(self.data_index(data))
    }

    /// Where the weights of a model are.
    pub(crate) fn weights_of_value(&self, value: &Value) -> crate::plan::At {
        match value {
            Value::Model(m) => m.weights.clone(),
            _ => crate::plan::At::Initial,
        }
    }

    /// `loss(data)`, `accuracy(data)`: or by name alone, of the task's own data.
    pub(crate) fn of_data(&mut self, what: &OfData, data: Option<Value>, span: Span) -> Eval {
        let (probe, name) = match what {
            OfData::Loss => (Probe::Loss, "loss".to_string()),
            OfData::Metric(k, name) => (Probe::Metric(*k), name.to_string()),
        };
        if self.looking.is_none() {
            return self.look(probe, None, span, &name);
        }
        let data = self.look_data(data, span)?;
        self.look(probe, data, span, &name)
    }
}

impl Elaborator<'_> {
    /// What a data set brings.
    fn facts(&mut self, data: &DataSet) -> Result<crate::plan::data::Facts, String> {
        self.loader.facts(data)
    }

    /// The number of examples of a data set of the plan.
    pub(crate) fn examples_of(&mut self, k: u32, span: Span) -> Eval<usize> {
        let data = self.elaborated.plan.data[k as usize].clone();
        match self.facts(&data) {
            Ok(facts) => Ok(facts.examples),
            Err(reason) => self.error(codes::CANNOT_READ, span, reason),
        }
    }
}

/// What makes a network take examples of another shape: a number that it was called with, or else its own text.
fn remedy(network: &str, input: &str, shape: &[usize], examples: &[usize]) -> String {
    if let ([before], [wanted]) = (shape, examples)
        && let Some((called, arguments)) = network.split_once('(')
        && let Some(name) = arguments.split([',', ')']).find_map(|a| a.trim().strip_suffix(&format!(" = {before}")))
    {
        return format!("call it with `{called}({name}: {wanted}, ...)`");
    }
    format!("write `input {input}: {}`", super::network::bracketed(examples))
}
