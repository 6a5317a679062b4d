//! The texts of the normative documents and the one parser of requirement ids, as the
//! conventions of `spec/README.md` define them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;

use crate::{CheckKind, Level, Profile, Provenance};

#[path = "index.rs"]
mod index;

/// One requirement: its header line and its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The id, `stem.topic.point`.
    pub id: String,
    /// The first component of the id, which is the stem of its document.
    pub stem: String,
    /// Whom it addresses.
    pub profile: Profile,
    /// How strong it is.
    pub level: Level,
    /// What kind of evidence it rests on.
    pub provenance: Provenance,
    /// The public source of that evidence.
    pub source: String,
    /// Why no test can see it, if none can.
    pub kind: Option<CheckKind>,
    /// The normative sentence.
    pub sentence: String,
    /// The path of its document below `spec/`.
    pub document: &'static str,
    /// The line of its header, counted from 1.
    pub line: usize,
}

/// One slip against the grammar, at a line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The path of the file from the root of the repository.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, in lower case.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// The embedded normative documents, sorted: path below `spec/` and text.
#[must_use]
pub fn documents() -> &'static [(&'static str, &'static str)] {
    index::DOCUMENTS
}

/// Every requirement of the embedded documents, parsed once.
///
/// `cargo xtask tidy` refuses a document with findings, so none are returned here.
#[must_use]
pub fn requirements() -> &'static [Requirement] {
    static ALL: OnceLock<Vec<Requirement>> = OnceLock::new();
    ALL.get_or_init(|| documents().iter().flat_map(|(name, text)| parse(name, text).0).collect())
}

/// Whether breaking a requirement of this level breaks conformance.
#[must_use]
pub fn is_absolute(level: Level) -> bool {
    matches!(level, Level::Must | Level::MustNot)
}

/// Parses one document: its well-formed requirements, and every slip against the grammar.
///
/// `document` is the path below `spec/`; its stem, with which every id of the document begins, is
/// the name of the file, or of the folder where the document is a part of a stem.
#[must_use]
pub fn parse(document: &'static str, text: &str) -> (Vec<Requirement>, Vec<Finding>) {
    let mut parser = Parser {
        document,
        stem: document.split(['/', '.']).next().unwrap_or(document),
        requirements: Vec::new(),
        findings: Vec::new(),
        seen: BTreeSet::new(),
        fenced: false,
        quoting: false,
    };
    let mut lines = text.lines().zip(1..).peekable();
    while let Some((line, number)) = lines.next() {
        let Some(header) = parser.header(line, number) else {
            parser.prose(line, number);
            continue;
        };
        let sentence = lines.next_if(|(next, _)| {
            let next = next.trim();
            !next.is_empty() && !next.starts_with("r[")
        });
        match sentence {
            Some((sentence, at)) => {
                parser.requirement(header, sentence.trim(), at);
                let end = lines.peek().map_or("", |(next, _)| next.trim());
                if !end.is_empty() && !end.starts_with("r[") {
                    let message = "a blank line must follow the sentence of a requirement";
                    parser.finding(at + 1, message.to_owned());
                }
            }
            None => {
                let message = format!("`{}` has no sentence on the next line", header.id);
                parser.finding(number, message);
            }
        }
    }
    (parser.requirements, parser.findings)
}

/// What a header line says; a word outside its set is `None` and has been reported.
struct Header {
    id: String,
    line: usize,
    profile: Option<Profile>,
    level: Option<Level>,
    provenance: Option<Provenance>,
    source: Option<String>,
    kind: Option<CheckKind>,
    clean: bool,
}

struct Parser {
    document: &'static str,
    stem: &'static str,
    requirements: Vec<Requirement>,
    findings: Vec<Finding>,
    seen: BTreeSet<String>,
    fenced: bool,
    quoting: bool,
}

impl Parser {
    fn finding(&mut self, line: usize, message: String) {
        self.findings.push(Finding { path: format!("spec/{}", self.document), line, message });
    }

    /// The header on this line, if the line is one; examples inside code fences are none.
    fn header(&mut self, line: &str, number: usize) -> Option<Header> {
        if self.fenced {
            return None;
        }
        let (id, rest) = line.trim().strip_prefix("r[")?.split_once(']')?;
        let before = self.findings.len();
        self.id(id, number);
        let (words, quoted) = rest.split_once('"').unwrap_or((rest, ""));
        let mut words = words.split_whitespace();
        let profile = self.word(number, "profile", words.next(), Profile::from_word);
        let level = self.word(number, "level", words.next(), Level::from_word);
        let provenance = self.word(number, "provenance", words.next(), Provenance::from_word);
        if let Some(stray) = words.next() {
            self.finding(number, format!("stray word `{stray}` before the source"));
        }
        let source = quoted.split_once('"').filter(|(source, _)| !source.trim().is_empty());
        let mut kind = None;
        match source {
            None => self.finding(number, format!("`{id}` names no source in double quotes")),
            Some((_, rest)) if rest.trim().is_empty() => {}
            Some((_, rest)) => {
                kind = self.word(number, "kind", Some(rest.trim()), CheckKind::from_word);
            }
        }
        self.evidence(id, number, profile, level, provenance);
        Some(Header {
            id: id.to_owned(),
            line: number,
            profile,
            level,
            provenance,
            source: source.map(|(source, _)| source.to_owned()),
            kind,
            clean: self.findings.len() == before,
        })
    }

    fn id(&mut self, id: &str, line: usize) {
        let component = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && !part.ends_with('-')
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if id.split('.').count() < 3 || !id.split('.').all(component) {
            self.finding(line, format!("bad id `{id}`: write stem.topic.point in lower case"));
        } else if id.split('.').next() != Some(self.stem) {
            self.finding(line, format!("id `{id}` does not begin with `{}`", self.stem));
        }
        if !self.seen.insert(id.to_owned()) {
            self.finding(line, format!("duplicate id `{id}`"));
        }
    }

    fn word<T>(
        &mut self,
        line: usize,
        what: &str,
        word: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let word = word.unwrap_or("");
        let parsed = parse(word);
        if parsed.is_none() {
            self.finding(line, format!("unknown {what} `{word}`"));
        }
        parsed
    }

    /// Evidence limits strength: hearsay demands nothing, and nobody but AWS speaks for AWS.
    fn evidence(
        &mut self,
        id: &str,
        line: usize,
        profile: Option<Profile>,
        level: Option<Level>,
        provenance: Option<Provenance>,
    ) {
        let (Some(profile), Some(level), Some(provenance)) = (profile, level, provenance) else {
            return;
        };
        let own = [Provenance::Documented, Provenance::Model, Provenance::Observed];
        if !is_absolute(level) {
            return;
        }
        if provenance == Provenance::ThirdParty {
            self.finding(line, format!("`{id}`: third-party evidence gives at most SHOULD"));
        } else if profile == Profile::Aws && !own.contains(&provenance) {
            let message = format!("`{id}`: an aws {level} needs documented, model or observed");
            self.finding(line, message);
        }
    }

    fn requirement(&mut self, header: Header, sentence: &str, line: usize) {
        let Header { id, level, .. } = header;
        let before = self.findings.len();
        if !sentence.ends_with('.') {
            self.finding(line, format!("the sentence of `{id}` does not end in a full stop"));
        }
        if continues(sentence) {
            self.finding(line, format!("`{id}` has more than one sentence"));
        }
        let keywords = keywords(sentence);
        if let Some(level) = level {
            let keyword = keyword(level);
            match keywords.iter().filter(|found| **found == keyword).count() {
                1 => {}
                0 => self.finding(line, format!("the sentence of `{id}` lacks `{keyword}`")),
                _ => self.finding(line, format!("the sentence of `{id}` repeats `{keyword}`")),
            }
            for stray in keywords.iter().filter(|found| **found != keyword) {
                self.finding(line, format!("stray keyword `{stray}` in the sentence of `{id}`"));
            }
        }
        let clean = header.clean && self.findings.len() == before;
        let words = (header.profile, level, header.provenance, header.source);
        if let (true, (Some(profile), Some(level), Some(provenance), Some(source))) = (clean, words)
        {
            self.requirements.push(Requirement {
                id,
                stem: self.stem.to_owned(),
                profile,
                level,
                provenance,
                source,
                kind: header.kind,
                sentence: sentence.to_owned(),
                document: self.document,
                line: header.line,
            });
        }
    }

    /// Outside requirements no keyword stands, save where the conventions quote them as code.
    fn prose(&mut self, line: &str, number: usize) {
        let fence = line.trim_start().starts_with("```");
        if fence {
            self.fenced = !self.fenced;
        } else if !self.fenced && line.starts_with("## ") {
            self.quoting = self.stem == "README" && line.to_lowercase().contains("conventions");
        }
        let kept = match (self.quoting, self.fenced || fence) {
            (true, true) => String::new(),
            // Every second piece between backticks is code.
            (true, false) => line.split('`').step_by(2).collect::<Vec<_>>().join(" "),
            (false, _) => line.to_owned(),
        };
        for keyword in keywords(&kept) {
            self.finding(number, format!("stray keyword `{keyword}` outside a requirement"));
        }
        if !self.fenced && line.trim().starts_with("r[") {
            self.finding(number, "unclosed requirement id".to_owned());
        }
    }
}

/// The level as a sentence writes it.
fn keyword(level: Level) -> String {
    level.word().replace('-', " ")
}

/// Whether a full stop inside the sentence begins another one.
fn continues(sentence: &str) -> bool {
    sentence.split(". ").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The BCP 14 keywords of a line, each with the negation that follows it, forbidden ones included.
fn keywords(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "MUST" | "SHOULD" | "MAY" | "SHALL" => {
                let not = words.next_if(|next| next.eq_ignore_ascii_case("not"));
                found.push(not.map_or(word.to_owned(), |not| format!("{word} {not}")));
            }
            "REQUIRED" | "RECOMMENDED" | "OPTIONAL" => found.push(word.to_owned()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
