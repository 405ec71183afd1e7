//! `FILE=LABEL@ADDRESS,…`: captures with what is known of them.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use stackprint::{Class, Database};

use super::super::args::LearnArgs;
use crate::source::Input;
use crate::text_file;

/// A capture, and whose packets in it are known.
#[derive(Debug)]
pub(super) struct Labelled {
    pub(super) input: Input,
    /// In p0f's form; empty where nothing is known.
    pub(super) label: String,
    /// `unix`; empty for tools.
    pub(super) class: String,
    /// Those that the label is meant for; empty for all.
    addresses: Vec<IpAddr>,
}

impl Labelled {
    pub(super) fn is_of(&self, sender: IpAddr) -> bool {
        self.addresses.is_empty() || self.addresses.contains(&sender)
    }
}

/// All captures that are named on the command line and in the list.
pub(super) fn captures(args: &LearnArgs) -> anyhow::Result<Vec<Labelled>> {
    let mut texts = args.captures.clone();
    if let Some(path) = &args.list {
        let list =
            text_file::text(path).with_context(|| crate::messages::shown(path).to_string())?;
        let lines = list.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        texts.extend(lines.map(str::to_owned));
    }
    texts.iter().map(|text| if args.unknown { Ok(bare(text)) } else { labelled(text) }).collect()
}

fn bare(file: &str) -> Labelled {
    Labelled {
        input: Input::Path(PathBuf::from(file)),
        label: String::new(),
        class: String::new(),
        addresses: Vec::new(),
    }
}

fn labelled(text: &str) -> anyhow::Result<Labelled> {
    let Some((file, rest)) = file_and_label(text) else {
        bail!("{text}: expected FILE=LABEL or FILE=LABEL@ADDRESS,…");
    };
    // A flavor may have an @ of its own.
    let addresses =
        |text: &str| -> Option<Vec<IpAddr>> { text.split(',').map(|it| it.parse().ok()).collect() };
    let with_addresses: Option<(&str, Vec<IpAddr>)> =
        rest.rsplit_once('@').and_then(|(label, text)| Some((label, addresses(text)?)));
    let (label, addresses) = with_addresses.unwrap_or((rest, Vec::new()));
    let class = class(label).with_context(|| text.to_owned())?;
    let input = Input::Path(PathBuf::from(file));
    Ok(Labelled { input, label: label.to_owned(), class, addresses })
}

/// Both may have more of `=`: a label begins with its rank, and of several places that could part
/// the two, that with a file before it.
fn file_and_label(text: &str) -> Option<(&str, &str)> {
    let splits = || {
        let places = text.match_indices('=').map(|(at, _)| at);
        places.filter_map(|at| Some((text.get(..at)?, text.get(at + 1..)?)))
    };
    let labels =
        || splits().filter(|(_, label)| label.starts_with("s:") || label.starts_with("g:"));
    let existing = labels().find(|(file, _)| Path::new(file).exists());
    existing.or_else(|| labels().next()).or_else(|| splits().next())
}

/// The class of a label, which is to be in p0f's form.
fn class(label: &str) -> anyhow::Result<String> {
    let class = label.split(':').nth(1).unwrap_or_default();
    let text = match class {
        "!" => format!("classes = any\n[tcp:request]\nlabel = {label}\nsys = @any\n"),
        class => format!("classes = {class}\n[tcp:request]\nlabel = {label}\n"),
    };
    let database = Database::parse(&text)
        .map_err(|_| anyhow!("expected a label such as s:unix:Linux:6.1 (s or g, class or !)"))?;
    let label = database.labels().next().context("no label")?;
    Ok(match label.class() {
        Class::System(class) => class.to_string(),
        Class::Userland => String::new(),
    })
}
