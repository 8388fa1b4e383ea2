//! Compares a version bump with the one that a diff requires.

use crate::change::Diff;
use crate::verdict::Bump;

impl Diff {
    /// Checks that a version bump is at least the required one. As in cargo, a minor bump below 1.0 may break.
    ///
    /// # Errors
    /// When the bump is too small, or one of the texts is not a version.
    pub fn fits(&self, old_version: &str, new_version: &str) -> Result<(), String> {
        let parse = |version: &str| parse(version).ok_or_else(|| format!("`{version}` is not a version"));
        let made = bump(parse(old_version)?, parse(new_version)?);
        if made >= self.bump {
            return Ok(());
        }
        let required = self.bump;
        Err(format!("going from {old_version} to {new_version} is a {made} bump, but a {required} bump is required"))
    }
}

/// Reads `MAJOR.MINOR.PATCH`, ignoring pre-release and build metadata.
fn parse(version: &str) -> Option<[u64; 3]> {
    let core = version.split(['-', '+']).next()?;
    let numbers: Vec<u64> = core.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn bump(old: [u64; 3], new: [u64; 3]) -> Bump {
    let unstable = old[0] == 0;
    if new[0] > old[0] {
        Bump::Major
    } else if new[0] == old[0] && new[1] > old[1] {
        if unstable { Bump::Major } else { Bump::Minor }
    } else if new[..2] == old[..2] && new[2] > old[2] {
        if unstable { Bump::Minor } else { Bump::Patch }
    } else {
        Bump::None
    }
}
