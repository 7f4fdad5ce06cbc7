//! Losses: means over the batch.

use super::Walk;
use crate::kernels::tensor::{Binary, Id, Unary};
use crate::plan::network::Loss;

impl Walk {
    pub(super) fn loss(&mut self, loss: Loss, args: &[Id]) -> Result<Id, String> {
        let (y, target) = (args[0], args[1]);
        let shape = self.graph.shape(y).to_vec();
        let each = match loss {
            Loss::CrossEntropy => {
                let norm = self.graph.log_sum_exp(y);
                let last = shape.len() - 1;
                let soft = self.graph.shape(target) == shape;
                let weights = if soft { target } else { self.graph.one_hot(target, shape[last]) };
                let products = self.graph.binary(Binary::Mul, y, weights);
                let chosen = self.graph.sum(products, &[last]);
                let norm = match soft {
                    true => {
                        let mass = self.graph.sum(target, &[last]);
                        self.graph.binary(Binary::Mul, norm, mass)
                    }
                    false => norm,
                };
                self.graph.binary(Binary::Sub, norm, chosen)
            }
            Loss::MeanSquares => {
                let target = self.graph.reshape(target, &shape);
                let difference = self.graph.binary(Binary::Sub, y, target);
                self.graph.unary(Unary::Square, difference)
            }
            Loss::BinaryCrossEntropy => {
                let target = self.graph.reshape(target, &shape);
                let plus = self.graph.unary(Unary::Softplus, y);
                let product = self.graph.binary(Binary::Mul, target, y);
                self.graph.binary(Binary::Sub, plus, product)
            }
            Loss::Hinge if shape == [1] => {
                let label = self.graph.reshape(target, &shape);
                let double = self.scaled(label, 2.0);
                let one = self.graph.constant(1.0, &shape);
                let sign = self.graph.binary(Binary::Sub, double, one);
                let margin = self.graph.binary(Binary::Mul, sign, y);
                let short = self.graph.binary(Binary::Sub, one, margin);
                self.graph.unary(Unary::Relu, short)
            }
            Loss::Hinge => {
                let [classes] = shape[..] else { return Err("`hinge` takes one score a class".into()) };
                let hot = self.graph.one_hot(target, classes);
                let products = self.graph.binary(Binary::Mul, y, hot);
                let chosen = self.graph.sum(products, &[0]);
                // The largest of the other scores: that of the label is taken out of the way.
                let away = self.scaled(hot, 1e30);
                let others = self.graph.binary(Binary::Sub, y, away);
                let place = self.graph.argmax(others);
                let rival = self.graph.take(y, place);
                let one = self.graph.constant(1.0, &[]);
                let gap = self.graph.binary(Binary::Sub, rival, chosen);
                let short = self.graph.binary(Binary::Add, one, gap);
                self.graph.unary(Unary::Relu, short)
            }
        };
        // Of one example, the mean over its elements.
        let size = self.graph.size(each);
        let sum = self.graph.sum_all(each);
        let each = self.scaled(sum, 1.0 / size as f64);
        self.losses.push((y, each, loss != Loss::Hinge));
        Ok(self.mean(each))
    }
}
