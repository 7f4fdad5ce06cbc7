//! Which methods of learning serve which machines.

use super::train::{Method, Options};
use super::{Machine, Single};

/// Whether an objective of single units is one of the machine: `Err` says why not.
pub fn serves_single<M: Machine>(machine: &M, what: Single) -> Result<(), String> {
    if machine.real() {
        return Err("this objective is of visible units of finitely many values".into());
    }
    if !machine.independent() {
        return Err("this objective needs hidden units that do not couple".into());
    }
    if what == Single::RatioMatching && (0..machine.visible()).any(|i| machine.values(i) != Some(2)) {
        return Err("ratio matching is of visible units of two values".into());
    }
    Ok(())
}

/// Whether a method serves a machine with its options: `Err` says why not.
pub fn serves<M: Machine>(machine: &M, method: &Method, options: &Options) -> Result<(), String> {
    match method {
        Method::Exact => machine.enumerable(1)?,
        Method::MeanField { order, .. } => machine.reacts(*order)?,
        Method::PseudoLikelihood => serves_single(machine, Single::PseudoLikelihood)?,
        Method::RatioMatching => serves_single(machine, Single::RatioMatching)?,
        _ => {}
    }
    if options.centring.is_some() {
        // Centring of nothing by nothing tells whether the form has what it needs.
        let (v, h) = machine.widths();
        machine.centre(&vec![0.0; v + h], &mut vec![0.0; machine.dimension()])?;
    }
    if options.sparsity.is_some() {
        let units = machine.visible()..machine.visible() + machine.hidden();
        if units.is_empty() {
            return Err("sparsity is of hidden units, and there are none".into());
        }
        if units.clone().any(|u| machine.values(u).is_none()) {
            return Err("sparsity is of hidden units of finitely many values".into());
        }
        if !machine.independent() {
            return Err("sparsity is of hidden units that do not couple".into());
        }
    }
    Ok(())
}
