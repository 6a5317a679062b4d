//! The zoo: one conformant implementation that can be bent, and the faults that bend it.
//!
//! The suite proves itself on them: it has to convict each fault of the requirements that the fault
//! lists, and to clear every honest variant (spec/README.md, conformance).

mod bytes;
mod fault;
mod faults;
mod flips;
mod honest;
mod kms;
mod lens;
mod malleable;
mod random;
mod store;
mod switch;
#[cfg(test)]
mod tests;
mod vault;
mod world;

pub use fault::{Fault, Witness};
pub use faults::faults;
pub use flips::{Flip, flips};
pub use honest::{hidden_items, honest};
pub use malleable::Malleable;
