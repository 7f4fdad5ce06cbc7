//! The same bits from any number of threads.

use super::super::measure::annealed;
use super::super::train::Options;
use super::super::{Bipartite, Layer, Machine, Method, Rows, Sweeps, Trainer, Unit};
use super::{rows, two, with};
use crate::random::Key;

pub(super) fn in_pools<T: PartialEq + std::fmt::Debug + Send>(f: impl Fn() -> T + Sync) {
    let all: Vec<T> =
        [1, 2, 3].iter().map(|n| rayon::ThreadPoolBuilder::new().num_threads(*n).build().expect("threads").install(&f)).collect();
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

#[test]
fn threads_change_no_bit() {
    let layers = [
        (Layer::binary(300), Layer::spins(130)),
        (Layer(vec![(Unit::Labels(3), 60), two(-1.0, 1.0, 20), (Unit::Real { sigma: 1.0 }, 10)]), Layer::binary(70)),
    ];
    for (k, (v, h)) in layers.iter().enumerate() {
        let (machine, theta) = with(Bipartite::plain(v, h).expect("two layers"), 0.1, Key(41, k as u64));
        let data = rows(&machine, 80, Key(42, 1));
        let mut methods = vec![Method::Contrastive { steps: 2 }, Method::Persistent { chains: 90, steps: 2 }];
        methods.push(Method::Tempered { chains: 10, steps: 2, betas: vec![1.0, 0.6] });
        methods.push(Method::MeanField { order: 1, steps: 3, persistent: None });
        if k == 0 {
            methods.extend([Method::PseudoLikelihood, Method::RatioMatching]);
        }
        for method in methods {
            in_pools(|| {
                let mut machine = machine.clone();
                machine.set(&theta).expect("finite");
                let mut trainer = Trainer::new(&machine, method.clone(), Options::default(), Key(42, 2)).expect("a method");
                let mut g = vec![0.0; theta.len()];
                for _ in 0..2 {
                    trainer.gradient(&mut machine, &theta, &Rows::visible(80, &data), &mut g).expect("a gradient");
                }
                g
            });
        }
        in_pools(|| {
            let mut chains = machine.start(70, Key(42, 3));
            machine.sweep(&mut chains, &Sweeps::free(3));
            let found = annealed(&machine, 60, 5, None, Key(42, 4)).expect("a path");
            (chains.visible, found.value)
        });
    }
    let (machine, theta) = with(Bipartite::plain(&Layer::binary(13), &Layer::binary(20)).expect("two layers"), 0.3, Key(43, 1));
    in_pools(|| {
        let mut g = vec![0.0; theta.len()];
        let log_z = machine.exact(&mut g).expect("few states");
        (log_z, g)
    });
}
