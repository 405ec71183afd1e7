//! The program and the filter inside other pipelines.

mod fluent_bit;
mod loaders;
mod pipelines;
