//! Files and folders that could not be read.

/// Maximum number of problems that are named; the others are counted.
const NAMED: usize = 100;

/// Files and folders that could not be read, potentially as many as there are files.
#[derive(Debug, Default)]
pub(super) struct Problems {
    named: Vec<String>,
    more: u64,
}

impl Problems {
    pub(super) fn add(&mut self, problem: String) {
        if self.named.len() < NAMED {
            self.named.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Adds the problems of another thread.
    pub(super) fn merge(&mut self, other: Self) {
        other.named.into_iter().for_each(|problem| self.add(problem));
        self.more += other.more;
    }

    /// Returns a sentence for each of the first ones, and one for all others.
    pub(super) fn into_named(self) -> Vec<String> {
        let Self { mut named, more } = self;
        match more {
            0 => {}
            1 => named.push("1 more file or folder cannot be read".to_owned()),
            _ => named.push(format!("{more} more files and folders cannot be read")),
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_are_named_and_the_others_counted() {
        let problems = |count: usize| {
            let mut problems = Problems::default();
            (0..count).for_each(|number| problems.add(number.to_string()));
            problems
        };
        let named = |count| problems(count).into_named();
        assert_eq!(named(0), [""; 0]);
        assert_eq!((named(NAMED).len(), named(NAMED)[NAMED - 1].as_str()), (NAMED, "99"));
        assert_eq!(named(NAMED + 1)[NAMED], "1 more file or folder cannot be read");
        assert_eq!(named(40_000)[NAMED..], ["39900 more files and folders cannot be read"]);
        let mut merged = problems(60);
        merged.merge(problems(240));
        assert_eq!(merged.into_named()[NAMED..], ["200 more files and folders cannot be read"]);
    }
}
