//! Live capture and the services' sandbox, in network namespaces.

mod live;
mod queries;
mod sandbox;
mod threads;
