mod critical;
mod directions;
mod functions;
mod paths;
mod spectra;
mod stationary;
mod traces;
