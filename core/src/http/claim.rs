//! What User-Agent and Server claim: a system, and a product.
//!
//! A table of our own. Libraries that read User-Agents bring lists of a megabyte, for devices that
//! are of no use here.

/// A family of systems: as much as a User-Agent of today tells.
///
/// [`Claim::family`] is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Family {
    /// Windows.
    Windows,
    /// macOS, iOS and the like.
    Apple,
    /// Linux, but for Android and ChromeOS.
    Linux,
    /// Android.
    Android,
    /// ChromeOS.
    ChromeOs,
    /// FreeBSD, OpenBSD, NetBSD, DragonFly.
    Bsd,
    /// Solaris and illumos.
    Solaris,
}

impl Family {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Family::Windows => "Windows",
            Family::Apple => "Apple",
            Family::Linux => "Linux",
            Family::Android => "Android",
            Family::ChromeOs => "ChromeOS",
            Family::Bsd => "BSD",
            Family::Solaris => "Solaris",
        }
    }
}

/// What a program says of itself and its system. It need not be so.
///
/// ```
/// use stackprint::http::{Claim, Family};
///
/// let claim = Claim::of_user_agent(
///     b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
/// );
/// assert_eq!((claim.family, claim.system), (Some(Family::Linux), Some("Linux")));
/// assert_eq!((claim.product, claim.product_version), (Some("Firefox"), Some("128.0")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claim<'v> {
    /// The family of systems.
    pub family: Option<Family>,
    /// The system, `macOS`.
    pub system: Option<&'static str>,
    /// Its version; `None` if it is [frozen](Self::is_frozen).
    pub system_version: Option<&'v str>,
    /// Whether the text says the same of every version since some year: Windows NT 10.0 (10 and
    /// 11), macOS 10_15_7, Android 10; K and so on.
    pub is_frozen: bool,
    /// The product, `Chrome`.
    pub product: Option<&'v str>,
    /// Its version.
    pub product_version: Option<&'v str>,
}

impl<'v> Claim<'v> {
    /// Of the value of User-Agent.
    #[must_use]
    pub fn of_user_agent(value: &'v [u8]) -> Claim<'v> {
        let text = text(value);
        let mut claim = system(text);
        (claim.product, claim.product_version) = browser(text);
        claim
    }

    /// Of the value of Server.
    #[must_use]
    pub fn of_server(value: &'v [u8]) -> Claim<'v> {
        let text = text(value);
        let mut claim = system(text);
        (claim.product, claim.product_version) = first_product(text);
        claim
    }
}

/// As much as is text.
fn text(value: &[u8]) -> &str {
    let valid = value.utf8_chunks().next().map(|chunk| chunk.valid());
    valid.unwrap_or_default()
}

/// A word that names a system, in the order in which they are looked for.
struct Word {
    word: &'static str,
    family: Family,
    system: &'static str,
}

const fn word(word: &'static str, family: Family, system: &'static str) -> Word {
    Word { word, family, system }
}

/// First what contains other words, then the rest.
const SYSTEMS: &[Word] = &[
    word("Windows Phone", Family::Windows, "Windows Phone"),
    word("Windows NT ", Family::Windows, "Windows"),
    word("Windows", Family::Windows, "Windows"),
    word("Microsoft-", Family::Windows, "Windows"),
    word("Microsoft BITS", Family::Windows, "Windows"),
    word("Microsoft NCSI", Family::Windows, "Windows"),
    word("(Win32)", Family::Windows, "Windows"),
    word("(Win64)", Family::Windows, "Windows"),
    word("iPhone OS ", Family::Apple, "iOS"),
    word("iPhone", Family::Apple, "iOS"),
    word("CPU OS ", Family::Apple, "iOS"),
    word("iPad", Family::Apple, "iOS"),
    word("iPod", Family::Apple, "iOS"),
    word("Android ", Family::Android, "Android"),
    word("Android", Family::Android, "Android"),
    word("CrOS ", Family::ChromeOs, "ChromeOS"),
    word("Mac OS X ", Family::Apple, "macOS"),
    word("Macintosh", Family::Apple, "macOS"),
    word("Darwin/", Family::Apple, "Darwin"),
    word("Darwin", Family::Apple, "Darwin"),
    word("CaptiveNetworkSupport", Family::Apple, "Darwin"),
    word("FreeBSD", Family::Bsd, "FreeBSD"),
    word("OpenBSD", Family::Bsd, "OpenBSD"),
    word("NetBSD", Family::Bsd, "NetBSD"),
    word("DragonFly", Family::Bsd, "DragonFly"),
    word("SunOS", Family::Solaris, "Solaris"),
    word("Ubuntu", Family::Linux, "Ubuntu"),
    word("Debian", Family::Linux, "Debian"),
    word("Fedora", Family::Linux, "Fedora"),
    word("CentOS", Family::Linux, "CentOS"),
    word("Red Hat", Family::Linux, "Red Hat"),
    word("AlmaLinux", Family::Linux, "AlmaLinux"),
    word("Amazon Linux", Family::Linux, "Amazon Linux"),
    word("openSUSE", Family::Linux, "openSUSE"),
    word("SUSE", Family::Linux, "SUSE"),
    word("Linux", Family::Linux, "Linux"),
    word("linux", Family::Linux, "Linux"),
];

/// Versions that stay what they are, whatever the system: since when, and of what.
const FROZEN: &[(&str, &str)] = &[
    // Windows 11 says 10.0 in every browser.
    ("Windows", "10.0"),
    // Chrome and Safari, and Firefox, since 2020.
    ("macOS", "10_15_7"),
    ("macOS", "10.15"),
    // ChromeOS with the reduced User-Agent of Chrome (2023).
    ("ChromeOS", "14541.0.0"),
];

/// Android with the reduced User-Agent of Chrome (2023).
const REDUCED_ANDROID: &str = "Android 10; K)";

/// Versions of Windows by what NT calls itself.
const WINDOWS: &[(&str, &str)] = &[
    ("6.3", "8.1"),
    ("6.2", "8"),
    ("6.1", "7"),
    ("6.0", "Vista"),
    ("5.2", "XP x64 or Server 2003"),
    ("5.1", "XP"),
    ("5.0", "2000"),
];

fn system(text: &str) -> Claim<'_> {
    let found = SYSTEMS.iter().find_map(|it| Some((it, text.split_once(it.word)?.1)));
    let Some((it, behind)) = found else { return Claim::default() };
    let mut claim = Claim { family: Some(it.family), system: Some(it.system), ..Claim::default() };
    // `CrOS x86_64 14541.0.0`
    let behind = if it.family == Family::ChromeOs {
        behind.split_once(' ').map_or("", |(_, version)| version)
    } else {
        behind
    };
    let version = version(behind);
    claim.is_frozen = FROZEN.contains(&(it.system, version)) || text.contains(REDUCED_ANDROID);
    if claim.is_frozen || version.is_empty() || !it.word.ends_with([' ', '/']) {
        return claim;
    }
    claim.system_version = Some(match it.word {
        "Windows NT " => {
            let known = WINDOWS.iter().find(|(number, _)| *number == version);
            known.map_or(version, |(_, name)| name)
        }
        _ => version,
    });
    claim
}

/// Digits with dots or underscores between them at the start of a text.
fn version(text: &str) -> &str {
    let is_other = |character: char| !character.is_ascii_digit() && !"._".contains(character);
    let version = text.split(is_other).next().unwrap_or_default();
    version.trim_matches(['.', '_'])
}

/// Words of browsers, those first that come with words of others: what is in front of the version,
/// and the product.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/7.0; rv:", "Internet Explorer"),
];

fn browser(text: &str) -> (Option<&str>, Option<&str>) {
    // Robots put themselves into the comment of a browser.
    let robot = text.split_once("(compatible; ").map(|(_, name)| name);
    if let Some(robot) = robot.filter(|name| !name.starts_with("MSIE")) {
        return first_product(robot);
    }
    let found = BROWSERS.iter().find_map(|(word, name)| Some((*name, text.split_once(word)?.1)));
    if let Some((name, behind)) = found {
        return (Some(name), Some(version(behind)).filter(|version| !version.is_empty()));
    }
    if let Some((_, behind)) = text.split_once("Version/").filter(|_| text.contains("Safari/")) {
        return (Some("Safari"), Some(version(behind)).filter(|version| !version.is_empty()));
    }
    first_product(text)
}

/// RFC 9110 section 10.1.5: `name/version`; the version may be missing, and names have blanks.
fn first_product(text: &str) -> (Option<&str>, Option<&str>) {
    let ends = |character: char| "();,/".contains(character);
    let name = text.split(ends).next().unwrap_or_default().trim();
    let behind = text.get(name.len()..).unwrap_or_default();
    let version = behind.strip_prefix('/').map(|version| {
        let ends = |character: char| character.is_whitespace() || "();,".contains(character);
        version.split(ends).next().unwrap_or_default()
    });
    let is_there = |text: &&str| !text.is_empty();
    (Some(name).filter(is_there), version.filter(is_there))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (
        &'static str,
        Option<Family>,
        &'static str,
        &'static str,
        bool,
        &'static str,
        &'static str,
    );

    fn row(claim: Claim<'_>) -> (Option<Family>, &str, &str, bool, &str, &str) {
        let text = Option::unwrap_or_default;
        (
            claim.family,
            text(claim.system),
            text(claim.system_version),
            claim.is_frozen,
            text(claim.product),
            text(claim.product_version),
        )
    }

    /// The texts are those that the programs send.
    #[test]
    fn user_agents() {
        use Family::*;
        let rows: &[Row] = &[
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                Some(Windows),
                "Windows",
                "",
                true,
                "Chrome",
                "126.0.0.0",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; rv:78.0) Gecko/20100101 Firefox/78.0",
                Some(Windows),
                "Windows",
                "7",
                false,
                "Firefox",
                "78.0",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                Some(Apple),
                "macOS",
                "",
                true,
                "Safari",
                "17.5",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:126.0) Gecko/20100101 Firefox/126.0",
                Some(Apple),
                "macOS",
                "",
                true,
                "Firefox",
                "126.0",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                Some(Android),
                "Android",
                "",
                true,
                "Chrome",
                "126.0.0.0",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.5060.71 Mobile Safari/537.36",
                Some(Android),
                "Android",
                "13",
                false,
                "Chrome",
                "103.0.5060.71",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                Some(Apple),
                "iOS",
                "17_5",
                false,
                "Safari",
                "17.5",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                Some(ChromeOs),
                "ChromeOS",
                "",
                true,
                "Chrome",
                "126.0.0.0",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                Some(Linux),
                "Linux",
                "",
                false,
                "Edge",
                "126.0.0.0",
            ),
            (
                "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)",
                Some(Windows),
                "Windows",
                "XP",
                false,
                "Internet Explorer",
                "6.0",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
                Some(Windows),
                "Windows",
                "8.1",
                false,
                "Internet Explorer",
                "11.0",
            ),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                None,
                "",
                "",
                false,
                "Googlebot",
                "2.1",
            ),
            (
                "Debian APT-HTTP/1.3 (2.6.1)",
                Some(Linux),
                "Debian",
                "",
                false,
                "Debian APT-HTTP",
                "1.3",
            ),
            (
                "Microsoft-CryptoAPI/10.0",
                Some(Windows),
                "Windows",
                "",
                false,
                "Microsoft-CryptoAPI",
                "10.0",
            ),
            (
                "MyApp/1 CFNetwork/1496.0.7 Darwin/23.5.0",
                Some(Apple),
                "Darwin",
                "23.5.0",
                false,
                "MyApp",
                "1",
            ),
            ("curl/8.1.2", None, "", "", false, "curl", "8.1.2"),
            ("Wget/1.20.3 (linux-gnu)", Some(Linux), "Linux", "", false, "Wget", "1.20.3"),
            ("Go-http-client/1.1", None, "", "", false, "Go-http-client", "1.1"),
            ("", None, "", "", false, "", ""),
        ];
        for (agent, family, system, version, is_frozen, product, product_version) in rows {
            let expected = (*family, *system, *version, *is_frozen, *product, *product_version);
            assert_eq!(row(Claim::of_user_agent(agent.as_bytes())), expected, "{agent}");
        }
    }

    #[test]
    fn servers() {
        use Family::*;
        let rows: &[Row] = &[
            ("nginx/1.18.0 (Ubuntu)", Some(Linux), "Ubuntu", "", false, "nginx", "1.18.0"),
            ("Apache/2.4.57 (Debian)", Some(Linux), "Debian", "", false, "Apache", "2.4.57"),
            ("Apache", None, "", "", false, "Apache", ""),
            ("Apache/2.2.3 (Unix) mod_ssl/2.2.3", None, "", "", false, "Apache", "2.2.3"),
            ("Microsoft-IIS/10.0", Some(Windows), "Windows", "", false, "Microsoft-IIS", "10.0"),
            ("SimpleHTTP/0.6 Python/3.11.2", None, "", "", false, "SimpleHTTP", "0.6"),
            ("lighttpd/1.4.69", None, "", "", false, "lighttpd", "1.4.69"),
        ];
        for (server, family, system, version, is_frozen, product, product_version) in rows {
            let expected = (*family, *system, *version, *is_frozen, *product, *product_version);
            assert_eq!(row(Claim::of_server(server.as_bytes())), expected, "{server}");
        }
    }

    #[test]
    fn what_is_no_text_ends_the_text() {
        let claim = Claim::of_user_agent(b"x/1 \xff Windows");
        assert_eq!((claim.family, claim.product), (None, Some("x")));
    }
}
