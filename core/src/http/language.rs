//! Languages by their codes of two letters (ISO 639-1), as p0f names them.

use core::fmt;

use crate::tcp::observation::Compat;

/// What a client says of the language it wants first.
///
/// ```
/// use stackprint::Compat;
/// use stackprint::http::Language;
///
/// assert_eq!(Language::of(b"de-AT,de;q=0.9", Compat::Fixed), Language::Known("German"));
/// assert_eq!(Language::of(b"*", Compat::Fixed).as_str(), "none");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Nothing, or nothing that begins with two letters.
    None,
    /// A code that is not in the list.
    Unknown,
    /// A name, `English`.
    Known(&'static str),
}

impl Language {
    /// The first language of an Accept-Language header. p0f reads codes in lower case only.
    #[must_use]
    pub fn of(value: &[u8], compat: Compat) -> Language {
        let code = match *value {
            [a, b] => [a, b],
            [a, b, end, ..] if !end.is_ascii_alphabetic() => [a, b],
            _ => return Language::None,
        };
        if !code.iter().all(u8::is_ascii_alphabetic) {
            return Language::None;
        }
        let code = match compat {
            Compat::Fixed => code.map(|letter| letter.to_ascii_lowercase()),
            Compat::P0fExact => code,
        };
        let found = LANGUAGES.binary_search_by_key(&&code, |(code, _)| code).ok();
        let name = found.and_then(|place| LANGUAGES.get(place)).map(|&(_, name)| name);
        name.map_or(Language::Unknown, Language::Known)
    }

    /// As p0f writes it: `none`, `???` or a name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Language::None => "none",
            Language::Unknown => "???",
            Language::Known(name) => name,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Language::Known(name) => Some(name),
            Language::None | Language::Unknown => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// By code.
const LANGUAGES: [(&[u8; 2], &str); 185] = [
    (b"aa", "Afar"),
    (b"ab", "Abkhazian"),
    (b"ae", "Avestan"),
    (b"af", "Afrikaans"),
    (b"ak", "Akan"),
    (b"am", "Amharic"),
    (b"an", "Aragonese"),
    (b"ar", "Arabic"),
    (b"as", "Assamese"),
    (b"av", "Avaric"),
    (b"ay", "Aymara"),
    (b"az", "Azerbaijani"),
    (b"ba", "Bashkir"),
    (b"be", "Belarusian"),
    (b"bg", "Bulgarian"),
    (b"bh", "Bihari"),
    (b"bi", "Bislama"),
    (b"bm", "Bambara"),
    (b"bn", "Bengali"),
    (b"bo", "Tibetan"),
    (b"br", "Breton"),
    (b"bs", "Bosnian"),
    (b"ca", "Catalan"),
    (b"ce", "Chechen"),
    (b"ch", "Chamorro"),
    (b"co", "Corsican"),
    (b"cr", "Cree"),
    (b"cs", "Czech"),
    (b"cu", "Church Slavic"),
    (b"cv", "Chuvash"),
    (b"cy", "Welsh"),
    (b"da", "Danish"),
    (b"de", "German"),
    (b"dv", "Dhivehi"),
    (b"dz", "Dzongkha"),
    (b"ee", "Ewe"),
    (b"el", "Modern Greek"),
    (b"en", "English"),
    (b"eo", "Esperanto"),
    (b"es", "Spanish"),
    (b"et", "Estonian"),
    (b"eu", "Basque"),
    (b"fa", "Persian"),
    (b"ff", "Fulah"),
    (b"fi", "Finnish"),
    (b"fj", "Fijian"),
    (b"fo", "Faroese"),
    (b"fr", "French"),
    (b"fy", "Western Frisian"),
    (b"ga", "Irish"),
    (b"gd", "Scottish Gaelic"),
    (b"gl", "Galician"),
    (b"gn", "Guarani"),
    (b"gu", "Gujarati"),
    (b"gv", "Manx"),
    (b"ha", "Hausa"),
    (b"he", "Hebrew"),
    (b"hi", "Hindi"),
    (b"ho", "Hiri Motu"),
    (b"hr", "Croatian"),
    (b"ht", "Haitian"),
    (b"hu", "Hungarian"),
    (b"hy", "Armenian"),
    (b"hz", "Herero"),
    (b"ia", "Interlingua"),
    (b"id", "Indonesian"),
    (b"ie", "Interlingue"),
    (b"ig", "Igbo"),
    (b"ii", "Sichuan Yi"),
    (b"ik", "Inupiaq"),
    (b"io", "Ido"),
    (b"is", "Icelandic"),
    (b"it", "Italian"),
    (b"iu", "Inuktitut"),
    (b"ja", "Japanese"),
    (b"jv", "Javanese"),
    (b"ka", "Georgian"),
    (b"kg", "Kongo"),
    (b"ki", "Kikuyu"),
    (b"kj", "Kuanyama"),
    (b"kk", "Kazakh"),
    (b"kl", "Kalaallisut"),
    (b"km", "Central Khmer"),
    (b"kn", "Kannada"),
    (b"ko", "Korean"),
    (b"kr", "Kanuri"),
    (b"ks", "Kashmiri"),
    (b"ku", "Kurdish"),
    (b"kv", "Komi"),
    (b"kw", "Cornish"),
    (b"ky", "Kirghiz"),
    (b"la", "Latin"),
    (b"lb", "Luxembourgish"),
    (b"lg", "Ganda"),
    (b"li", "Limburgan"),
    (b"ln", "Lingala"),
    (b"lo", "Lao"),
    (b"lt", "Lithuanian"),
    (b"lu", "Luba-Katanga"),
    (b"lv", "Latvian"),
    (b"mg", "Malagasy"),
    (b"mh", "Marshallese"),
    (b"mi", "Maori"),
    (b"mk", "Macedonian"),
    (b"ml", "Malayalam"),
    (b"mn", "Mongolian"),
    (b"mr", "Marathi"),
    (b"ms", "Malay"),
    (b"mt", "Maltese"),
    (b"my", "Burmese"),
    (b"na", "Nauru"),
    (b"nb", "Norwegian Bokmal"),
    (b"nd", "North Ndebele"),
    (b"ne", "Nepali"),
    (b"ng", "Ndonga"),
    (b"nl", "Dutch"),
    (b"nn", "Norwegian Nynorsk"),
    (b"no", "Norwegian"),
    (b"nr", "South Ndebele"),
    (b"nv", "Navajo"),
    (b"ny", "Nyanja"),
    (b"oc", "Occitan"),
    (b"oj", "Ojibwa"),
    (b"om", "Oromo"),
    (b"or", "Oriya"),
    (b"os", "Ossetian"),
    (b"pa", "Panjabi"),
    (b"pi", "Pali"),
    (b"pl", "Polish"),
    (b"ps", "Pushto"),
    (b"pt", "Portuguese"),
    (b"qu", "Quechua"),
    (b"rm", "Romansh"),
    (b"rn", "Rundi"),
    (b"ro", "Romanian"),
    (b"ru", "Russian"),
    (b"rw", "Kinyarwanda"),
    (b"sa", "Sanskrit"),
    (b"sc", "Sardinian"),
    (b"sd", "Sindhi"),
    (b"se", "Northern Sami"),
    (b"sg", "Sango"),
    (b"sh", "Serbo-Croatian"),
    (b"si", "Sinhala"),
    (b"sk", "Slovak"),
    (b"sl", "Slovenian"),
    (b"sm", "Samoan"),
    (b"sn", "Shona"),
    (b"so", "Somali"),
    (b"sq", "Albanian"),
    (b"sr", "Serbian"),
    (b"ss", "Swati"),
    (b"st", "Southern Sotho"),
    (b"su", "Sundanese"),
    (b"sv", "Swedish"),
    (b"sw", "Swahili"),
    (b"ta", "Tamil"),
    (b"te", "Telugu"),
    (b"tg", "Tajik"),
    (b"th", "Thai"),
    (b"ti", "Tigrinya"),
    (b"tk", "Turkmen"),
    (b"tl", "Tagalog"),
    (b"tn", "Tswana"),
    (b"to", "Tonga"),
    (b"tr", "Turkish"),
    (b"ts", "Tsonga"),
    (b"tt", "Tatar"),
    (b"tw", "Twi"),
    (b"ty", "Tahitian"),
    (b"ug", "Uighur"),
    (b"uk", "Ukrainian"),
    (b"ur", "Urdu"),
    (b"uz", "Uzbek"),
    (b"ve", "Venda"),
    (b"vi", "Vietnamese"),
    (b"vo", "Volapuk"),
    (b"wa", "Walloon"),
    (b"wo", "Wolof"),
    (b"xh", "Xhosa"),
    (b"yi", "Yiddish"),
    (b"yo", "Yoruba"),
    (b"za", "Zhuang"),
    (b"zh", "Chinese"),
    (b"zu", "Zulu"),
];
