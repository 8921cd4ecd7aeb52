//! The command line; its commands come with the rooms they need.

fn main() {}
