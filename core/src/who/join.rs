//! What a host is, by all of its evidence.
//!
//! Pieces of evidence of one layer are not independent: each connection of a host shows the same
//! stack. So a layer has one voice, the mean of the logarithms of its answers, weighted by how often
//! each was seen, up to [`MOST_COUNT`]. Layers are added with their weights, of which the greatest
//! counts as 1: a layer that is alone says what it says.

use super::entry::{Entry, Layer};
use super::system::{Distribution, System};
use super::values::Values;

/// Connections beyond so many make an answer no surer.
const MOST_COUNT: u32 = 8;

/// The systems that a host may be, by the layers that are of the host; `None` if nothing says
/// anything of it.
pub(super) fn joined(
    entries: &[Entry],
    values: &Values,
    is_of_host: impl Fn(Layer) -> bool,
) -> Option<Distribution> {
    let layers = Layer::ALL.iter().filter(|layer| is_of_host(**layer));
    let answers = layers.filter_map(|layer| {
        let logs = mean_logs(*layer, entries, values)?;
        Some((layer.weight(), logs))
    });
    let answers: Vec<_> = answers.collect();
    let most = answers.iter().map(|(weight, _)| *weight).fold(0.0, f32::max);
    let mut logs = [0.0; System::ALL.len()];
    for (weight, of_layer) in &answers {
        for (sum, log) in logs.iter_mut().zip(of_layer) {
            *sum += weight / most * log;
        }
    }
    (most > 0.0).then(|| Distribution::from_logs(logs))
}

/// The mean of the logarithms of a layer's answers.
fn mean_logs(layer: Layer, entries: &[Entry], values: &Values) -> Option<[f32; System::ALL.len()]> {
    let mut sums = [0.0; System::ALL.len()];
    let mut total = 0.0;
    for entry in entries.iter().filter(|it| it.layer == layer) {
        let Some(systems) = values.get(entry.value).and_then(|value| value.systems) else {
            continue;
        };
        let weight = entry.count.min(MOST_COUNT) as f32;
        total += weight;
        for (sum, log) in sums.iter_mut().zip(systems.logs()) {
            *sum += weight * log;
        }
    }
    (total > 0.0).then(|| sums.map(|sum| sum / total))
}
