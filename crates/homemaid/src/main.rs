//! The homemaid command.
fn main() {}
