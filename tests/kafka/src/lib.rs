//! What the Kafka suites share: a broker, and a client to speak with it. They have a package of their
//! own, so that no other suite is linked with librdkafka.
#![forbid(unsafe_code)]

pub mod broker;
pub mod kcat;
pub mod load;
pub mod transactions;
