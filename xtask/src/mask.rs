//! Rust source with its literals and comments blanked, so that the rules of `tidy` and the
//! citations of `trace` never mistake a word in a string for code.

/// What the rules need to know of one Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    /// The lines, with literals and comments replaced by spaces.
    pub(crate) code: Vec<String>,
    /// The comments that stand alone on their line: line counted from 1, and text.
    pub(crate) comments: Vec<(usize, String)>,
    tests: Vec<bool>,
}

impl Source {
    /// Reads a file; a path among tests makes all of it test code.
    pub(crate) fn read(path: &str, text: &str) -> Self {
        let mut scanner = Scanner { chars: text.chars().collect(), at: 0, code: String::new() };
        let found = scanner.scan();
        let code: Vec<String> = scanner.code.split('\n').map(str::to_owned).collect();
        let alone = |line: usize| code.get(line - 1).is_some_and(|code| code.trim().is_empty());
        let comments = found.into_iter().filter(|(line, _)| alone(*line)).collect();
        let whole = ["/tests/", "/benches/"].iter().any(|folder| path.contains(folder))
            || ["/tests.rs", "_tests.rs", "_test.rs"].iter().any(|name| path.ends_with(name));
        let tests = if whole { vec![true; code.len()] } else { test_lines(&code) };
        Self { code, comments, tests }
    }

    /// Whether a line, counted from 1, is compiled for tests only.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        line.checked_sub(1).and_then(|at| self.tests.get(at)).copied().unwrap_or(false)
    }

    /// Each function with a body: its name, its first line and how many lines it has.
    pub(crate) fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut functions = Vec::new();
        for (at, line) in self.code.iter().enumerate() {
            let mut words = line.split_whitespace().skip_while(|word| *word != "fn");
            let name = words.nth(1).unwrap_or("");
            let name: String =
                name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let (false, Some(end)) = (name.is_empty(), block_end(&self.code, at)) {
                functions.push((name, at + 1, end - at + 1));
            }
        }
        functions
    }
}

/// The index of the line that closes the first block at or after line `start`, if a block comes
/// before the item's semicolon.
fn block_end(code: &[String], start: usize) -> Option<usize> {
    let (mut braces, mut inner) = (0_usize, 0_usize);
    for (at, line) in code.iter().enumerate().skip(start) {
        for c in line.chars() {
            match c {
                '(' | '[' => inner += 1,
                ')' | ']' => inner = inner.saturating_sub(1),
                '{' => braces += 1,
                '}' if braces <= 1 => return Some(at),
                '}' => braces -= 1,
                ';' if braces == 0 && inner == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

fn test_lines(code: &[String]) -> Vec<bool> {
    let mut tests = vec![false; code.len()];
    for (at, line) in code.iter().enumerate() {
        let line: String = line.split_whitespace().collect();
        if line.starts_with("#![cfg(test)]") {
            return vec![true; code.len()];
        }
        let gated = line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test,");
        if gated || line.starts_with("#[test]") {
            let end = block_end(code, at).unwrap_or(at + 1);
            tests.iter_mut().take(end + 1).skip(at).for_each(|test| *test = true);
        }
    }
    tests
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    code: String,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Passes over `count` characters, blanking all but line ends.
    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            let Some(c) = self.peek(0) else { return };
            self.code.push(if c == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    /// Blanks until `end` has been passed.
    fn blank_past(&mut self, end: &str, escapes: bool) {
        let end: Vec<char> = end.chars().collect();
        while self.peek(0).is_some() {
            if escapes && self.peek(0) == Some('\\') {
                self.blank(2);
            } else if self.chars.get(self.at..self.at + end.len()) == Some(end.as_slice()) {
                return self.blank(end.len());
            } else {
                self.blank(1);
            }
        }
    }

    /// How many `#` open the raw string that starts here, if one does.
    fn raw_string(&self) -> Option<usize> {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied();
        if self.peek(0) != Some('r') || before.is_some_and(|c| word(c) && c != 'b' && c != 'c') {
            return None;
        }
        let hashes = (1..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        (self.peek(hashes + 1) == Some('"')).then_some(hashes)
    }

    /// Scans to the end; returns every line comment with its line.
    fn scan(&mut self) -> Vec<(usize, String)> {
        let mut comments = Vec::new();
        while let Some(c) = self.peek(0) {
            if let Some(hashes) = self.raw_string() {
                self.blank(hashes + 2);
                self.blank_past(&format!("\"{}", "#".repeat(hashes)), false);
                continue;
            }
            match (c, self.peek(1), self.peek(2)) {
                ('/', Some('/'), _) => {
                    let rest = self.chars.iter().skip(self.at);
                    let text: String = rest.take_while(|c| **c != '\n').collect();
                    let line = self.code.matches('\n').count() + 1;
                    self.blank(text.chars().count());
                    comments.push((line, text));
                }
                ('/', Some('*'), _) => self.blank_past("*/", false),
                ('"', ..) => {
                    self.blank(1);
                    self.blank_past("\"", true);
                }
                ('\'', Some('\\'), _) => {
                    self.blank(1);
                    self.blank_past("'", true);
                }
                ('\'', Some(_), Some('\'')) => self.blank(3),
                _ => {
                    self.code.push(c);
                    self.at += 1;
                }
            }
        }
        comments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_are_blanked() {
        let text =
            "let a = \"{ // no\"; // {\nlet b = r#\"\"}\"#; /* { */ let c = '{';\nfn f<'a>() {}";
        let source = Source::read("x/src/a.rs", text);
        assert!(!source.code.iter().take(2).any(|line| line.contains(['{', '}'])));
        assert_eq!(source.functions(), [("f".to_owned(), 3, 1)]);
        assert_eq!(source.comments, []);
    }

    #[test]
    fn only_comments_alone_on_their_line_are_kept() {
        let text = "x(); // after\n  // alone\nlet s = \"\n// inside\n\";\n";
        let source = Source::read("x/src/a.rs", text);
        assert_eq!(source.comments, [(2, "// alone".to_owned())]);
    }

    #[test]
    fn test_code_is_told_from_the_rest() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n";
        let source = Source::read("x/src/a.rs", text);
        let lines: Vec<_> = (1..=6).filter(|line| source.is_test(*line)).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
        assert!(Source::read("x/tests/a.rs", "fn a() {}").is_test(1));
    }

    #[test]
    fn a_function_ends_at_its_brace() {
        let text = "fn a(\n  b: [u8; 2],\n) {\n  if b {\n  }\n}\nfn c();\n";
        let source = Source::read("x/src/a.rs", text);
        assert_eq!(source.functions(), [("a".to_owned(), 1, 6)]);
    }
}
