//! Options and parts as JavaScript gives them, in objects, each checked for its type.

use std::str::FromStr;

use js_sys::{Array, Error, Object, Reflect};
use stackprint::{IpVersion, ParseError};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;

use crate::errors;

// All of it runs once for an analyzer or a signature: `cold` asks for small code.

/// An object with options.
pub(crate) struct Given<'a> {
    /// What the object itself is called, in front of the names of its options.
    name: &'a str,
    object: &'a Object,
}

impl<'a> Given<'a> {
    /// Returns `None` if there are no options; fails if one of them is unknown.
    #[cold]
    pub(crate) fn new(
        name: &'a str,
        value: &'a JsValue,
        known: &[&str],
    ) -> Result<Option<Given<'a>>, Error> {
        if is_absent(value) {
            return Ok(None);
        }
        let object: &Object = value.dyn_ref().ok_or_else(|| errors::argument(name, "an object"))?;
        let given = Given { name, object };
        for key in Object::keys(object) {
            let key = key.as_string().unwrap_or_default();
            if !known.contains(&key.as_str()) {
                let path = given.path(&key);
                let message =
                    format!("{path} is not an option; the options are {}", known.join(", "));
                return Err(errors::invalid(&path, &message));
            }
        }
        Ok(Some(given))
    }

    /// As [`new`](Given::new), of an object that has to be there.
    #[cold]
    pub(crate) fn required(
        name: &'a str,
        value: &'a JsValue,
        known: &[&str],
    ) -> Result<Given<'a>, Error> {
        Given::new(name, value, known)?.ok_or_else(|| errors::argument(name, "an object"))
    }

    /// The full name of an option, as "filter.allow.port".
    #[cold]
    pub(crate) fn path(&self, option: &str) -> String {
        match self.name {
            "options" => option.to_owned(),
            name => format!("{name}.{option}"),
        }
    }

    /// An absent option is `undefined`; options that come from JSON may be `null`.
    #[cold]
    pub(crate) fn value(&self, option: &str) -> Option<JsValue> {
        let value = Reflect::get(self.object, &option.into()).ok()?;
        (!is_absent(&value)).then_some(value)
    }

    #[cold]
    pub(crate) fn is_null(&self, option: &str) -> bool {
        Reflect::get(self.object, &option.into()).is_ok_and(|value| value.is_null())
    }

    /// Returns the value of an option; fails if it is not as `expected`.
    #[cold]
    fn checked(
        &self,
        option: &str,
        expected: &str,
        is_valid: fn(&JsValue) -> bool,
    ) -> Result<Option<JsValue>, Error> {
        match self.value(option) {
            Some(value) if !is_valid(&value) => Err(errors::argument(&self.path(option), expected)),
            value => Ok(value),
        }
    }

    #[cold]
    pub(crate) fn text(&self, option: &str) -> Result<Option<String>, Error> {
        let value = self.checked(option, "a string", JsValue::is_string)?;
        Ok(value.and_then(|value| value.as_string()))
    }

    #[cold]
    pub(crate) fn flag(&self, option: &str) -> Result<Option<bool>, Error> {
        let is_flag = |value: &JsValue| value.as_bool().is_some();
        let value = self.checked(option, "true or false", is_flag)?;
        Ok(value.and_then(|value| value.as_bool()))
    }

    #[cold]
    fn number(
        &self,
        option: &str,
        expected: &str,
        is_valid: fn(&JsValue) -> bool,
    ) -> Result<Option<u32>, Error> {
        let value = self.checked(option, expected, is_valid)?;
        Ok(value.and_then(|value| value.as_f64()).map(|number| number as u32))
    }

    /// Reads an integer from 1 to `most`.
    #[cold]
    pub(crate) fn count(&self, option: &str, most: u32) -> Result<Option<u32>, Error> {
        let Some(value) = self.value(option) else { return Ok(None) };
        let is_valid =
            |number: &f64| number.fract() == 0.0 && (1.0..=f64::from(most)).contains(number);
        let number = value.as_f64().filter(is_valid).map(|number| number as u32);
        let expected = || format!("an integer from 1 to {most}");
        number.map(Some).ok_or_else(|| errors::argument(&self.path(option), &expected()))
    }

    /// Words of a list, each of which is among those that are known.
    #[cold]
    pub(crate) fn words(
        &self,
        option: &str,
        known: &[&'static str],
    ) -> Result<Option<Vec<&'static str>>, Error> {
        let Some(value) = self.value(option) else { return Ok(None) };
        let find = |value: JsValue| known.iter().copied().find(|name| value == **name);
        let words = Array::is_array(&value).then(|| Array::from(&value));
        let words: Option<Vec<_>> = words.and_then(|words| words.iter().map(find).collect());
        let expected = || format!("an array of some of {}", known.join(", "));
        words.map(Some).ok_or_else(|| errors::argument(&self.path(option), &expected()))
    }

    /// An integer of one byte.
    #[cold]
    pub(crate) fn byte(&self, option: &str) -> Result<Option<u8>, Error> {
        Ok(self.up_to(option, u8::MAX.into())?.map(|number| number as u8))
    }

    /// An integer of two bytes.
    #[cold]
    pub(crate) fn two_bytes(&self, option: &str) -> Result<Option<u16>, Error> {
        Ok(self.up_to(option, u16::MAX.into())?.map(|number| number as u16))
    }

    #[cold]
    pub(crate) fn up_to(&self, option: &str, most: u32) -> Result<Option<u32>, Error> {
        let Some(value) = self.value(option) else { return Ok(None) };
        let is_valid =
            |number: &f64| number.fract() == 0.0 && (0.0..=f64::from(most)).contains(number);
        let number = value.as_f64().filter(is_valid).map(|number| number as u32);
        let expected = || format!("an integer from 0 to {most}");
        number.map(Some).ok_or_else(|| errors::argument(&self.path(option), &expected()))
    }

    #[cold]
    pub(crate) fn version(&self, option: &str) -> Result<Option<IpVersion>, Error> {
        let is_version = |value: &JsValue| matches!(value.as_f64(), Some(4.0 | 6.0));
        let version = self.number(option, "4 or 6", is_version)?;
        Ok(version.map(|version| if version == 4 { IpVersion::V4 } else { IpVersion::V6 }))
    }

    /// Reads a list with commas.
    #[cold]
    pub(crate) fn list<T: FromStr<Err = ParseError>>(
        &self,
        option: &str,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.text(option)? else { return Ok(None) };
        text.parse().map(Some).map_err(|error: ParseError| {
            let path = self.path(option);
            let message = format!("{path}: expected {} at column {}", error.expected, error.column);
            errors::invalid(&path, &message)
        })
    }
}

fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}
