//! Reads descriptions, and each source once.

use super::arrays::{Loaded, Outline};
use super::scaling::Scaling;
use super::source::Source;
use super::states::Known;
use super::step::{Over, Scale};
use super::view::View;
use super::{DataSet, Examples, Facts, bounded, elements, shown};
use std::sync::Arc;

/// Numbers that are read to see whether they can be.
const FEW: usize = 4_000_000;

/// A reader that remembers what it has read: parts of one split share the file that they come from.
#[derive(Default)]
pub struct Loader {
    outlines: Vec<(Source, Arc<Outline>)>,
    loaded: Vec<(Source, Arc<Loaded>)>,
    scalings: Vec<(DataSet, Scale, Over, Arc<Scaling>)>,
    states: Known,
}

impl Loader {
    /// The states that a point of a task kept, one after the other.
    pub fn supply(&mut self, task: &str, point: u32, states: Vec<f32>) {
        self.states.insert((task.to_string(), point), Arc::new(states));
    }

    /// What is there, read from headers and counts where that is possible.
    pub fn facts(&mut self, set: &DataSet) -> Result<Facts, String> {
        self.view(set, false).map(|view| view.facts())
    }

    /// The numbers.
    pub fn materialise(&mut self, set: &DataSet) -> Result<Examples, String> {
        let view = self.view(set, true)?;
        let facts = view.facts();
        bounded(facts.examples, &facts.shape)?;
        if let super::Target::Values(shape) = &facts.target {
            bounded(facts.examples, shape)?;
        }
        Ok(view.examples(&*self.load(&set.source)?))
    }

    /// Whether the numbers can be read to their end: by reading where they are few, else by what the files say of themselves.
    pub fn whole(&mut self, set: &DataSet) -> Result<(), String> {
        let facts = self.facts(set)?;
        if let Source::States(_) = set.source {
            return Ok(());
        }
        let outline = self.outline(&set.source)?;
        let size = |examples: usize, shape: &[usize]| elements(shape).and_then(|n| n.checked_mul(examples)).unwrap_or(usize::MAX);
        if size(outline.examples, &outline.shape).max(size(facts.examples, &facts.shape)) <= FEW {
            return self.materialise(set).map(|_| ());
        }
        set.source.whole()
    }

    fn outline(&mut self, source: &Source) -> Result<Arc<Outline>, String> {
        if let Some((_, known)) = self.outlines.iter().find(|(s, _)| s == source) {
            return Ok(known.clone());
        }
        let outline = Arc::new(source.outline()?);
        self.outlines.push((source.clone(), outline.clone()));
        Ok(outline)
    }

    fn load(&mut self, source: &Source) -> Result<Arc<Loaded>, String> {
        if let Some((_, known)) = self.loaded.iter().find(|(s, _)| s == source) {
            return Ok(known.clone());
        }
        let outline = self.outline(source)?;
        let loaded = source.load(&self.states)?;
        let size = outline.shape.iter().product::<usize>();
        let values = match &outline.target {
            super::Target::Values(shape) => outline.examples * shape.iter().product::<usize>(),
            _ => 0,
        };
        if loaded.inputs.len() != outline.examples * size || loaded.values.as_ref().map_or(0, Vec::len) != values {
            return Err(format!("{} has changed while it was read", source.name()));
        }
        let loaded = Arc::new(loaded);
        self.loaded.push((source.clone(), loaded.clone()));
        Ok(loaded)
    }

    fn view(&mut self, set: &DataSet, numbers: bool) -> Result<View, String> {
        let mut view = View::new(&*self.outline(&set.source)?);
        for step in &set.steps {
            let mut statistics = |by: Option<&DataSet>, view: &View, scale: Scale, over: Over| match by {
                Some(by) => {
                    let (ours, theirs) = (view.facts().shape, self.facts(by)?.shape);
                    if ours != theirs {
                        return Err(format!(
                            "inputs of shape {} cannot be normalised by a set with inputs of shape {}",
                            shown(&ours),
                            shown(&theirs)
                        ));
                    }
                    if numbers { self.scaling(by, scale, over).map(Some) } else { Ok(None) }
                }
                None if numbers => Ok(Some(Arc::new(view.statistics(&*self.load(&set.source)?, scale, over)))),
                None => Ok(None),
            };
            view.apply(step, &mut statistics)?;
        }
        Ok(view)
    }

    fn scaling(&mut self, by: &DataSet, scale: Scale, over: Over) -> Result<Arc<Scaling>, String> {
        if let Some((.., known)) = self.scalings.iter().find(|(s, a, b, _)| s == by && *a == scale && *b == over) {
            return Ok(known.clone());
        }
        let view = self.view(by, true)?;
        let scaling = Arc::new(view.statistics(&*self.load(&by.source)?, scale, over));
        self.scalings.push((by.clone(), scale, over, scaling.clone()));
        Ok(scaling)
    }
}
