//! A target in a child process, in any language: it speaks the protocol of PROTOCOL.md.
//!
//! Several children may run; each serves several worlds, whose requests alternate.

mod body;
mod line;
mod pool;
#[cfg_attr(not(unix), path = "command/process_elsewhere.rs")]
mod process;
mod rule;
mod shown;
mod sink;
mod smoke;
mod validator;
mod world;

pub use rule::{Break, Rule};
pub use smoke::{Smoked, smoke};
pub use validator::Validator;

use super::{Broken, Failure, Target, World, WorldConfig};
use line::Line;
use pool::{Breaks, Child, ENOUGH, Place, Pool};
use sse_spec::Description;
use std::sync::Arc;
use std::time::Duration;

/// How children are started and how long they are waited for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// How many children run at once; 0 counts as 1.
    pub children: usize,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long the answer to `start` may take.
    pub start_timeout: Duration,
    /// Whether every line is checked against the schema as well.
    pub validate: bool,
}

impl Settings {
    /// One child of a command line, which is split into words as a shell would.
    ///
    /// # Errors
    /// A text for people where the line has no words or a quotation without an end.
    pub fn new(command: &str) -> Result<Self, String> {
        let words = shlex::split(command)
            .ok_or_else(|| format!("command: a quotation does not end in `{command}`"))?;
        if words.first().is_none_or(String::is_empty) {
            return Err("command: no program is named".into());
        }
        Ok(Self {
            words,
            children: 1,
            timeout: Duration::from_secs(30),
            start_timeout: Duration::from_secs(60),
            validate: false,
        })
    }
}

/// A target in a child process.
#[derive(Debug)]
pub struct Command {
    settings: Settings,
    description: Description,
    validator: Option<Arc<Validator>>,
    pool: Pool,
    breaks: Arc<Breaks>,
}

impl Command {
    /// Starts the first child and hears what it is.
    ///
    /// # Errors
    /// How it broke a rule.
    pub fn start(settings: Settings) -> Result<Self, Break> {
        let validator = match settings.validate {
            false => None,
            true => match Validator::new() {
                Ok(validator) => Some(Arc::new(validator)),
                Err(why) => return Err(Break::new(Rule::Start, why)),
            },
        };
        let (line, description) = Line::start(&settings, validator.clone())?;
        let breaks = Arc::new(Breaks::default());
        let pool = Pool::new(settings.children);
        pool.add(Arc::new(Child::new(line, Arc::clone(&breaks))));
        Ok(Self { settings, description, validator, pool, breaks })
    }

    /// Lets every child end by itself; what remains is killed.
    pub fn finish(&self) {
        for child in self.pool.empty() {
            child.shutdown();
        }
    }

    /// How often a child broke a rule, and how the first did.
    #[must_use]
    pub fn breaks(&self) -> (usize, Option<Break>) {
        self.breaks.seen()
    }

    /// Starts another child, which has to be what the first is.
    fn another(&self) -> Result<Arc<Child>, Break> {
        let (line, description) = Line::start(&self.settings, self.validator.clone())?;
        if description != self.description {
            let what = "a child describes itself otherwise than the first";
            return Err(Break::new(Rule::Description, what));
        }
        Ok(Arc::new(Child::new(line, Arc::clone(&self.breaks))))
    }

    fn place(&self) -> Result<Place, Broken> {
        self.pool.place(|| self.another()).map_err(|broken| {
            self.breaks.note(&broken);
            Broken(broken.to_string())
        })
    }
}

impl Target for Command {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn open(&self, config: &WorldConfig) -> Result<Box<dyn World>, Broken> {
        if let (ENOUGH.., Some(first)) = self.breaks() {
            let cause = first.cause();
            return Err(Broken(format!("{ENOUGH} children broke a rule; the first: {cause}")));
        }
        let place = self.place()?;
        place.child().with(|line| line.open(&config.id, config.start)).map_err(|failure| {
            Broken(match failure {
                Failure::Broken(why) => why,
                other => format!("{other:?}"),
            })
        })?;
        Ok(Box::new(world::ChildWorld::new(place, config.id.clone())))
    }
}
