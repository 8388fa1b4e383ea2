//! Checksums of values: the same in every process and version.
//!
//! A checksum tells values apart as [`Json`](crate::Json) does: the order of fields, whitespace, and escapes do not count, every
//! digit of a number does.

/// The kinds of values, which differ even if their texts are equal. The numbers are arbitrary and odd.
pub(super) const NULL: u64 = 0x9e37_79b9_7f4a_7c15;
pub(super) const FALSE: u64 = 0xbf58_476d_1ce4_e5b9;
pub(super) const TRUE: u64 = 0x94d0_49bb_1331_11eb;
pub(super) const NUMBER: u64 = 0xd6e8_feb8_6659_fd93;
pub(super) const STRING: u64 = 0xa076_1d64_78bd_642f;
pub(super) const LIST: u64 = 0xe703_7ed1_a0b4_28db;
pub(super) const OBJECT: u64 = 0x8ebc_6af0_9c88_c6e3;
pub(super) const NAME: u64 = 0x5899_65cc_7537_4cc3;

/// Mixes two words into one: both halves of their product, as wyhash does.
#[inline]
pub(super) fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ NULL) * u128::from(right ^ STRING);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Returns the checksum of a text of this kind.
#[inline]
pub(super) fn text(kind: u64, text: &str) -> u64 {
    let (mut sum, mut rest) = (kind, text.as_bytes());
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        sum = mix(sum, u64::from_le_bytes(*chunk));
        rest = behind;
    }
    let last = rest.iter().fold(0, |last, byte| last << 8 | u64::from(*byte));
    // The length tells zeros from nothing.
    mix(mix(sum, last), text.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_and_the_kind_count() {
        let mut sums = std::collections::BTreeSet::new();
        let texts = (0..40).flat_map(|length| {
            let zeros = "0".repeat(length);
            let others =
                (0..length).map(move |place| format!("{}1{}", "0".repeat(place), "0".repeat(length - place - 1)));
            others.chain([zeros])
        });
        let texts: Vec<String> = texts.collect();
        for kind in [NUMBER, STRING, NAME] {
            sums.extend(texts.iter().map(|value| text(kind, value)));
        }
        assert_eq!(sums.len(), 3 * texts.len());
        assert_ne!(text(STRING, "\0"), text(STRING, ""));
    }

    /// Copies keep checksums, so a change of the function would write every row anew.
    #[test]
    fn a_checksum_stays_the_same() {
        assert_eq!(text(STRING, "Approved by Ada"), 1_571_047_139_789_014_137);
    }
}
