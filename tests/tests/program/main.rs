//! The program, built and started.

mod accuracy;
mod brought;
mod coprocess;
mod db_check;
mod db_http;
mod db_learn;
mod db_score;
mod docs;
mod faults;
mod packaging;
mod program;
mod queries;
mod redaction;
mod reload;
mod supply_chain;
mod threads;
mod tls_database;
