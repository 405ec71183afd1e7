//! Columns of the tables for people.

use core::fmt;

/// Writes texts at columns of these widths, with a space between them. After a text that is too long
/// for its column, the next ones follow closely, until they are at their columns again.
pub(super) fn write_columns(
    f: &mut fmt::Formatter<'_>,
    columns: &[(usize, String)],
) -> fmt::Result {
    let (mut at, mut column) = (0_usize, 0_usize);
    for (width, text) in columns {
        let space = if column == 0 { 0 } else { column.saturating_sub(at).max(1) };
        write!(f, "{:space$}{text}", "")?;
        at += space + text.chars().count();
        column += width + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Line(Vec<(usize, String)>);

    impl fmt::Display for Line {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_columns(f, &self.0)
        }
    }

    fn line(texts: [&str; 4]) -> String {
        let columns = [4, 3, 6, 0].into_iter().zip(texts.map(str::to_owned));
        Line(columns.collect()).to_string()
    }

    #[test]
    fn texts_that_fit_are_at_their_columns() {
        assert_eq!(line(["a", "b", "c", "d"]), "a    b   c      d");
        assert_eq!(line(["four", "ⅲⅲⅲ", "sixsix", ""]), "four ⅲⅲⅲ sixsix ");
    }

    #[test]
    fn a_long_text_moves_only_the_next_ones() {
        assert_eq!(line(["a", "b", "c", "end"]).find("end"), Some(16));
        assert_eq!(line(["longer", "b", "c", "end"]), "longer b c      end");
        assert_eq!(line(["longer", "b", "c", "end"]).find("end"), Some(16));
    }
}
