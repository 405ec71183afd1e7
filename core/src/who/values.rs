//! Values of evidence, each kept once: many hosts have the same stack and the same programs.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::entry::{Entry, Layer};
use super::sighting::Sighting;
use super::system::{Distribution, Family};

/// What a piece of evidence says.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) layer: Layer,
    /// For people: a label, a library, a claim.
    pub(super) text: Box<str>,
    /// How likely it is each system; `None` if it says nothing of that.
    pub(super) systems: Option<Distribution>,
    /// How likely it is right; 0 if nothing is claimed.
    pub(super) quality: f32,
    /// The name of a program, if it names one.
    pub(super) program: Option<Box<str>>,
    /// The MTU of a link.
    pub(super) number: u32,
}

impl Value {
    /// The family that it names with at least this probability.
    pub(super) fn strong_family(&self, least: f32) -> Option<(Family, f32)> {
        Some(self.systems?.likeliest_family()).filter(|(_, quality)| *quality >= least)
    }
}

/// All values of all hosts. Texts from the network are among them, so their number is bounded: what
/// comes later is one value of its layer.
#[derive(Debug, Default)]
pub(super) struct Values {
    numbers: HashMap<Box<str>, u32>,
    values: Vec<Value>,
    /// The key that is looked for.
    key: String,
    bytes: usize,
}

/// More values than this are not told apart.
const MOST_VALUES: usize = 65_536;
/// A longer text is cut: names of programs from the network.
const MOST_TEXT_BYTES: usize = 120;
/// Of a value, besides its texts: itself, its place in the index.
const VALUE_BYTES: usize = size_of::<Value>() + 48;

impl Values {
    /// The number of a value, which is never [`Entry::NONE`].
    pub(super) fn number(&mut self, sighting: &Sighting<'_>) -> u32 {
        self.key.clear();
        let hundredths = (sighting.quality * 100.0).round();
        // Labels of one text may be of different systems.
        let systems = sighting.systems.map_or(0, |systems| systems.digest());
        // Writing to a String does not fail.
        let _ = write!(
            self.key,
            "{}\0{hundredths}\0{systems:x}\0{}\0{}\0{}",
            sighting.layer as u8,
            sighting.number,
            sighting.text,
            sighting.program.unwrap_or_default(),
        );
        if let Some(number) = self.numbers.get(self.key.as_str()) {
            return *number;
        }
        if self.values.len() >= MOST_VALUES {
            return self.other(sighting.layer);
        }
        let text = shortened(&sighting.text);
        let program = sighting.program.map(|it| shortened(it).into());
        self.push(Value {
            layer: sighting.layer,
            text: text.into(),
            systems: sighting.systems,
            quality: sighting.quality,
            program,
            number: sighting.number,
        })
    }

    /// What all further values of a layer are.
    fn other(&mut self, layer: Layer) -> u32 {
        self.key.clear();
        let _ = write!(self.key, "{}", layer as u8);
        if let Some(number) = self.numbers.get(self.key.as_str()) {
            return *number;
        }
        self.push(Value {
            layer,
            text: "one of many others".into(),
            systems: None,
            quality: 0.0,
            program: None,
            number: 0,
        })
    }

    fn push(&mut self, value: Value) -> u32 {
        self.bytes += VALUE_BYTES + self.key.len() + value.text.len();
        self.values.push(value);
        // Bounded by `MOST_VALUES` and the number of layers.
        let number = self.values.len() as u32 + Entry::NONE;
        self.numbers.insert(self.key.as_str().into(), number);
        number
    }

    /// Returns `None` for [`Entry::NONE`].
    pub(super) fn get(&self, number: u32) -> Option<&Value> {
        self.values.get((number as usize).checked_sub(1)?)
    }

    /// Memory of all of them.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// As much of a text as is kept, whole characters.
fn shortened(text: &str) -> &str {
    let mut ends = (0..=MOST_TEXT_BYTES.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}
