//! HTTP signatures as a file has them, and heads as p0f writes them.

use stackprint::Compat;
use stackprint::http::{HttpSignature, Kind, Observed, Privacy, Signatures, UserAgentRule};

/// The HTTP sections of a file, with its labels.
pub struct HttpFile {
    pub signatures: Signatures,
    /// Class, name and flavor by number.
    pub labels: Vec<[String; 3]>,
}

/// Why p0f refuses a file: the line, and the one by which it is covered.
#[derive(Debug, PartialEq, Eq)]
pub struct Covered {
    pub line: usize,
    pub by: usize,
}

impl HttpFile {
    /// Reads the HTTP sections of a file that is well written.
    ///
    /// # Errors
    ///
    /// At a signature that p0f calls covered.
    ///
    /// # Panics
    ///
    /// If the file is not well written.
    pub fn parse(text: &str, compat: Compat) -> Result<HttpFile, Covered> {
        let mut file = HttpFile { signatures: Signatures::new(compat), labels: Vec::new() };
        let mut kind = None;
        let mut is_generic = false;
        for (line, text) in text.lines().enumerate().map(|(place, text)| (place + 1, text)) {
            match text {
                "[http:request]" => kind = Some(Kind::Request),
                "[http:response]" => kind = Some(Kind::Response),
                _ => {}
            }
            let (Some(kind), Some((key, value))) = (kind, text.split_once('=')) else { continue };
            let value = value.trim_start();
            match key.trim_end() {
                "label" => {
                    is_generic = value.starts_with("g:");
                    let mut parts = value.splitn(4, ':').skip(1).map(str::to_owned);
                    file.labels.push(std::array::from_fn(|_| parts.next().expect("a label")));
                }
                "ua_os" => {
                    for (name, rule) in
                        UserAgentRule::parse_list(value).expect("ua_os").iter().enumerate()
                    {
                        file.signatures.push_user_agent(rule, name as u16, rule.name());
                    }
                }
                "sig" => {
                    let signature: HttpSignature = value.parse().expect(value);
                    if let Some(by) = file.signatures.covering(kind, &signature) {
                        return Err(Covered { line, by });
                    }
                    let label = file.labels.len() as u16 - 1;
                    let pushed = file.signatures.push(kind, signature, label, is_generic, line);
                    pushed.expect("few names");
                }
                _ => {}
            }
        }
        Ok(file)
    }

    /// Name and flavor of the label of a head, `???` where nothing fits.
    #[must_use]
    pub fn label(&self, observed: &Observed<'_>) -> String {
        let Some(found) = self.signatures.find(observed) else { return "???".into() };
        let [_, name, flavor] = &self.labels[usize::from(found.label)];
        format!("{name} {flavor}").trim_end().to_owned()
    }

    /// What stands in p0f's log of a head, from the label on.
    #[must_use]
    pub fn p0f_line(&self, observed: &Observed<'_>) -> String {
        let found = self.signatures.find(observed);
        let is_system = found.is_some_and(|it| self.labels[usize::from(it.label)][0] != "!");
        let params = [
            (found.is_some_and(|found| found.is_dishonest), "dishonest"),
            (observed.is_anonymous(), "anonymous"),
            (found.is_some_and(|found| found.is_generic), "generic"),
        ];
        let params: Vec<&str> =
            params.iter().filter(|(is_so, _)| *is_so).map(|(_, word)| *word).collect();
        format!(
            "{}={}|lang={}|params={}|raw_sig={}",
            if is_system { "os" } else { "app" },
            self.label(observed),
            observed.language(Compat::P0fExact),
            if params.is_empty() { "none".into() } else { params.join(" ") },
            observed.raw_signature(&self.signatures, Privacy::P0f),
        )
    }
}
