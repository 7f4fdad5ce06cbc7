//! The papers behind what the language offers: a row a paper, with the names of the registries that rest on it.

/// A paper, and the built-in names that stand for what it brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// Its key in BibTeX.
    pub key: &'static str,
    /// Names of built-ins, settings, models and the like.
    pub names: &'static [&'static str],
    pub kind: Kind,
    /// Separated by `and`, as BibTeX has them.
    pub authors: &'static str,
    pub title: &'static str,
    /// The journal, the proceedings, or the publisher of a book.
    pub venue: &'static str,
    pub volume: &'static str,
    pub pages: &'static str,
    pub year: u16,
    /// `10....`, or `arXiv:...`; empty where there is none.
    pub doi: &'static str,
}

/// What kind of publication it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Article,
    Proceedings,
    Book,
}

macro_rules! papers {
    ($($key:literal $kind:ident [$($name:literal)*] $authors:literal, $title:literal, $venue:literal $volume:literal $pages:literal $year:literal $doi:literal;)*) => {
        /// Every paper, by subject and then by year.
        pub const PAPERS: &[Paper] = &[$(Paper {
            key: $key, names: &[$($name),*], kind: Kind::$kind, authors: $authors, title: $title, venue: $venue,
            volume: $volume, pages: $pages, year: $year, doi: $doi,
        }),*];
    };
}

papers! {
    "metropolis1953" Article ["metropolis"]
        "N. Metropolis and A. W. Rosenbluth and M. N. Rosenbluth and A. H. Teller and E. Teller",
        "Equation of state calculations by fast computing machines",
        "Journal of Chemical Physics" "21" "1087" 1953 "10.1063/1.1699114";
    "glauber1963" Article ["heat_bath"]
        "R. J. Glauber", "Time-dependent statistics of the Ising model",
        "Journal of Mathematical Physics" "4" "294" 1963 "10.1063/1.1703954";
    "kawasaki1966" Article ["kawasaki"]
        "K. Kawasaki", "Diffusion constants near the critical point for time-dependent Ising models. I",
        "Physical Review" "145" "224" 1966 "10.1103/PhysRev.145.224";
    "little1974" Article ["synchronous"]
        "W. A. Little", "The existence of persistent states in the brain",
        "Mathematical Biosciences" "19" "101" 1974 "10.1016/0025-5564(74)90031-5";
    "bortz1975" Article ["kinetic"]
        "A. B. Bortz and M. H. Kalos and J. L. Lebowitz", "A new algorithm for Monte Carlo simulation of Ising spin systems",
        "Journal of Computational Physics" "17" "10" 1975 "10.1016/0021-9991(75)90060-1";
    "creutz1987" Article ["over_relaxation"]
        "M. Creutz", "Overrelaxation and Monte Carlo simulation",
        "Physical Review D" "36" "515" 1987 "10.1103/PhysRevD.36.515";
    "swendsen1987" Article ["swendsen_wang"]
        "R. H. Swendsen and J.-S. Wang", "Nonuniversal critical dynamics in Monte Carlo simulations",
        "Physical Review Letters" "58" "86" 1987 "10.1103/PhysRevLett.58.86";
    "wolff1989" Article ["wolff"]
        "U. Wolff", "Collective Monte Carlo updating for spin systems",
        "Physical Review Letters" "62" "361" 1989 "10.1103/PhysRevLett.62.361";
    "houdayer2001" Article ["houdayer"]
        "J. Houdayer", "A cluster Monte Carlo algorithm for 2-dimensional spin glasses",
        "European Physical Journal B" "22" "479" 2001 "10.1007/PL00011151";
    "jorg2005" Article ["jorg"]
        "T. Jörg", "Cluster Monte Carlo algorithms for diluted spin glasses",
        "Progress of Theoretical Physics Supplement" "157" "349" 2005 "10.1143/PTPS.157.349";
    "duane1987" Article ["hmc"]
        "S. Duane and A. D. Kennedy and B. J. Pendleton and D. Roweth", "Hybrid Monte Carlo",
        "Physics Letters B" "195" "216" 1987 "10.1016/0370-2693(87)91197-X";
    "hoffman2014" Article ["hmc"]
        "M. D. Hoffman and A. Gelman", "The No-U-Turn sampler: adaptively setting path lengths in Hamiltonian Monte Carlo",
        "Journal of Machine Learning Research" "15" "1593" 2014 "";
    "roberts1996" Article ["langevin"]
        "G. O. Roberts and R. L. Tweedie", "Exponential convergence of Langevin distributions and their discrete approximations",
        "Bernoulli" "2" "341" 1996 "10.2307/3318418";
    "berg1992" Article ["multicanonical"]
        "B. A. Berg and T. Neuhaus", "Multicanonical ensemble: a new approach to simulate first-order phase transitions",
        "Physical Review Letters" "68" "9" 1992 "10.1103/PhysRevLett.68.9";
    "wang2001" Article ["wang_landau"]
        "F. Wang and D. P. Landau", "Efficient, multiple-range random walk algorithm to calculate the density of states",
        "Physical Review Letters" "86" "2050" 2001 "10.1103/PhysRevLett.86.2050";
    "hukushima2003" Proceedings ["population"]
        "K. Hukushima and Y. Iba", "Population annealing and its application to a spin glass",
        "AIP Conference Proceedings" "690" "200" 2003 "10.1063/1.1632130";
    "machta2010" Article ["population"]
        "J. Machta", "Population annealing with weighted averages: a Monte Carlo method for rough free-energy landscapes",
        "Physical Review E" "82" "026704" 2010 "10.1103/PhysRevE.82.026704";
    "hukushima1996" Article ["exchange"]
        "K. Hukushima and K. Nemoto", "Exchange Monte Carlo method and application to spin glass simulations",
        "Journal of the Physical Society of Japan" "65" "1604" 1996 "10.1143/JPSJ.65.1604";
    "syed2022" Article ["adaptive"]
        "S. Syed and A. Bouchard-Côté and G. Deligiannidis and A. Doucet", "Non-reversible parallel tempering: a scalable highly parallel MCMC scheme",
        "Journal of the Royal Statistical Society Series B" "84" "321" 2022 "10.1111/rssb.12464";

    "watts1998" Article ["small_world"]
        "D. J. Watts and S. H. Strogatz", "Collective dynamics of 'small-world' networks",
        "Nature" "393" "440" 1998 "10.1038/30918";
    "barabasi1999" Article ["scale_free"]
        "A.-L. Barabási and R. Albert", "Emergence of scaling in random networks",
        "Science" "286" "509" 1999 "10.1126/science.286.5439.509";
    "wu1982" Article ["potts_order"]
        "F. Y. Wu", "The Potts model",
        "Reviews of Modern Physics" "54" "235" 1982 "10.1103/RevModPhys.54.235";
    "teitel1983" Article ["stiffness_terms" "helicity_modulus"]
        "S. Teitel and C. Jayaprakash", "Phase transitions in frustrated two-dimensional XY models",
        "Physical Review B" "27" "598" 1983 "10.1103/PhysRevB.27.598";
    "machta1996" Article ["wrapping"]
        "J. Machta and Y. S. Choi and A. Lucke and T. Schweizer and L. M. Chayes", "Invaded cluster algorithm for Potts models",
        "Physical Review E" "54" "1332" 1996 "10.1103/PhysRevE.54.1332";

    "shirts2008" Article ["reweight"]
        "M. R. Shirts and J. D. Chodera", "Statistically optimal analysis of samples from multiple equilibrium states",
        "Journal of Chemical Physics" "129" "124105" 2008 "10.1063/1.2978177";
    "efron1979" Article ["bootstrap"]
        "B. Efron", "Bootstrap methods: another look at the jackknife",
        "Annals of Statistics" "7" "1" 1979 "10.1214/aos/1176344552";
    "onsager1944" Article ["onsager_energy" "onsager_specific_heat" "onsager_free_energy"]
        "L. Onsager", "Crystal statistics. I. A two-dimensional model with an order-disorder transition",
        "Physical Review" "65" "117" 1944 "10.1103/PhysRev.65.117";
    "yang1952" Article ["onsager_magnetisation"]
        "C. N. Yang", "The spontaneous magnetization of a two-dimensional Ising model",
        "Physical Review" "85" "808" 1952 "10.1103/PhysRev.85.808";
    "kaufman1949" Article ["kaufman_energy" "kaufman_free_energy"]
        "B. Kaufman", "Crystal statistics. II. Partition function evaluated by spinor analysis",
        "Physical Review" "76" "1232" 1949 "10.1103/PhysRev.76.1232";
    "ferdinand1969" Article ["kaufman_energy" "kaufman_specific_heat"]
        "A. E. Ferdinand and M. E. Fisher", "Bounded and inhomogeneous Ising models. I. Specific-heat anomaly of a finite lattice",
        "Physical Review" "185" "832" 1969 "10.1103/PhysRev.185.832";

    "hopfield1982" Article ["hebb" "hopfield"]
        "J. J. Hopfield", "Neural networks and physical systems with emergent collective computational abilities",
        "Proceedings of the National Academy of Sciences" "79" "2554" 1982 "10.1073/pnas.79.8.2554";
    "personnaz1985" Article ["pseudo_inverse"]
        "L. Personnaz and I. Guyon and G. Dreyfus", "Information storage and retrieval in spin-glass like neural networks",
        "Journal de Physique Lettres" "46" "359" 1985 "10.1051/jphyslet:01985004608035900";
    "storkey1997" Proceedings ["storkey"]
        "A. Storkey", "Increasing the capacity of a Hopfield network without sacrificing functionality",
        "Artificial Neural Networks (ICANN 1997)" "1327" "451" 1997 "10.1007/BFb0020196";
    "hopfield1983" Article ["unlearn"]
        "J. J. Hopfield and D. I. Feinstein and R. G. Palmer", "'Unlearning' has a stabilizing effect in collective memories",
        "Nature" "304" "158" 1983 "10.1038/304158a0";
    "derrida1987" Article ["dilute"]
        "B. Derrida and E. Gardner and A. Zippelius", "An exactly solvable asymmetric neural network model",
        "Europhysics Letters" "4" "167" 1987 "10.1209/0295-5075/4/2/007";

    "hinton2002" Article ["contrastive_divergence"]
        "G. E. Hinton", "Training products of experts by minimizing contrastive divergence",
        "Neural Computation" "14" "1771" 2002 "10.1162/089976602760128018";
    "tieleman2008" Proceedings ["persistent"]
        "T. Tieleman", "Training restricted Boltzmann machines using approximations to the likelihood gradient",
        "International Conference on Machine Learning" "" "1064" 2008 "10.1145/1390156.1390290";
    "peterson1987" Article ["mean_field_gradient"]
        "C. Peterson and J. R. Anderson", "A mean field theory learning algorithm for neural networks",
        "Complex Systems" "1" "995" 1987 "";
    "gabrie2015" Proceedings ["tap"]
        "M. Gabrié and E. W. Tramel and F. Krzakala", "Training restricted Boltzmann machines via the Thouless-Anderson-Palmer free energy",
        "Advances in Neural Information Processing Systems" "28" "" 2015 "";
    "hyvarinen2007" Article ["ratio_matching"]
        "A. Hyvärinen", "Some extensions of score matching",
        "Computational Statistics and Data Analysis" "51" "2499" 2007 "10.1016/j.csda.2006.09.003";
    "besag1975" Article ["pseudo_likelihood"]
        "J. Besag", "Statistical analysis of non-lattice data",
        "The Statistician" "24" "179" 1975 "10.2307/2987782";
    "neal2001" Article ["annealed_importance"]
        "R. M. Neal", "Annealed importance sampling",
        "Statistics and Computing" "11" "125" 2001 "10.1023/A:1008923215028";
    "salakhutdinov2008" Proceedings ["annealed_importance"]
        "R. Salakhutdinov and I. Murray", "On the quantitative analysis of deep belief networks",
        "International Conference on Machine Learning" "" "872" 2008 "10.1145/1390156.1390266";

    "kingma2015" Proceedings ["adam"]
        "D. P. Kingma and J. Ba", "Adam: a method for stochastic optimization",
        "International Conference on Learning Representations" "" "" 2015 "arXiv:1412.6980";
    "loshchilov2019" Proceedings ["adamw"]
        "I. Loshchilov and F. Hutter", "Decoupled weight decay regularization",
        "International Conference on Learning Representations" "" "" 2019 "arXiv:1711.05101";
    "nocedal2006" Book ["lbfgs"]
        "J. Nocedal and S. J. Wright", "Numerical Optimization",
        "Springer" "" "" 2006 "10.1007/978-0-387-40065-5";
    "welling2011" Proceedings ["sgld"]
        "M. Welling and Y. W. Teh", "Bayesian learning via stochastic gradient Langevin dynamics",
        "International Conference on Machine Learning" "" "681" 2011 "";
    "saxe2014" Proceedings ["orthogonal"]
        "A. M. Saxe and J. L. McClelland and S. Ganguli", "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
        "International Conference on Learning Representations" "" "" 2014 "arXiv:1312.6120";
    "glorot2010" Proceedings ["glorot"]
        "X. Glorot and Y. Bengio", "Understanding the difficulty of training deep feedforward neural networks",
        "Artificial Intelligence and Statistics" "9" "249" 2010 "";
    "he2015" Proceedings ["he"]
        "K. He and X. Zhang and S. Ren and J. Sun", "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
        "International Conference on Computer Vision" "" "1026" 2015 "10.1109/ICCV.2015.123";
    "ioffe2015" Proceedings ["batch_norm"]
        "S. Ioffe and C. Szegedy", "Batch normalization: accelerating deep network training by reducing internal covariate shift",
        "International Conference on Machine Learning" "" "448" 2015 "arXiv:1502.03167";
    "ba2016" Article ["layer_norm"]
        "J. L. Ba and J. R. Kiros and G. E. Hinton", "Layer normalization",
        "arXiv preprint" "" "" 2016 "arXiv:1607.06450";
    "srivastava2014" Article ["dropout"]
        "N. Srivastava and G. Hinton and A. Krizhevsky and I. Sutskever and R. Salakhutdinov", "Dropout: a simple way to prevent neural networks from overfitting",
        "Journal of Machine Learning Research" "15" "1929" 2014 "";
    "hendrycks2016" Article ["gelu"]
        "D. Hendrycks and K. Gimpel", "Gaussian error linear units (GELUs)",
        "arXiv preprint" "" "" 2016 "arXiv:1606.08415";
    "lecun1998" Article ["mnist"]
        "Y. LeCun and L. Bottou and Y. Bengio and P. Haffner", "Gradient-based learning applied to document recognition",
        "Proceedings of the IEEE" "86" "2278" 1998 "10.1109/5.726791";
    "xiao2017" Article ["fashion_mnist"]
        "H. Xiao and K. Rasul and R. Vollgraf", "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
        "arXiv preprint" "" "" 2017 "arXiv:1708.07747";

    "hutchinson1990" Article ["hessian_trace"]
        "M. F. Hutchinson", "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines",
        "Communications in Statistics - Simulation and Computation" "19" "433" 1990 "10.1080/03610919008812866";
    "ubaru2017" Article ["hessian_density"]
        "S. Ubaru and J. Chen and Y. Saad", "Fast estimation of tr(f(A)) via stochastic Lanczos quadrature",
        "SIAM Journal on Matrix Analysis and Applications" "38" "1075" 2017 "10.1137/16M1104974";
    "garipov2018" Proceedings ["interpolation"]
        "T. Garipov and P. Izmailov and D. Podoprikhin and D. Vetrov and A. G. Wilson", "Loss surfaces, mode connectivity, and fast ensembling of DNNs",
        "Advances in Neural Information Processing Systems" "31" "" 2018 "arXiv:1802.10026";
    "li2018" Proceedings ["random_directions"]
        "H. Li and Z. Xu and G. Taylor and C. Studer and T. Goldstein", "Visualizing the loss landscape of neural nets",
        "Advances in Neural Information Processing Systems" "31" "" 2018 "arXiv:1712.09913";
    "foret2021" Proceedings ["sharpness"]
        "P. Foret and A. Kleiner and H. Mobahi and B. Neyshabur", "Sharpness-aware minimization for efficiently improving generalization",
        "International Conference on Learning Representations" "" "" 2021 "arXiv:2010.01412";
    "boettcher2024" Article ["mean_curvature"]
        "L. Böttcher and G. Wheeler", "Visualizing high-dimensional loss landscapes with Hessian directions",
        "Journal of Statistical Mechanics: Theory and Experiment" "2024" "023401" 2024 "arXiv:2208.13219";
}
