//! The store in a folder: power cuts, failing disks, and what is refused at opening
//! (spec/sse/durability.md).

mod both;
mod failing;
mod opening;
mod power;
mod ram;

pub(super) use both::{Both, items};
use ram::{Cut, Fault, Ram};
