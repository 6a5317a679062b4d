//! The oracle's own tests, on a carrier without cryptography: a blob is the JSON of what it binds.

mod alias;
mod audit;
mod bench;
mod key;
mod policy;
mod rotation;
mod store;
mod upload;

use bench::{Bench, OTHER, ROOT};
