//! What only [`Compat::P0fExact`](crate::Compat::P0fExact) asks of frames.

mod filter;
mod view;

pub(crate) use view::P0fView;
