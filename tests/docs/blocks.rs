//! Fenced blocks of a Markdown file: what the opening line says, and what stands inside.

/// A fenced block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line of the opening fence.
    pub line: usize,
    /// Words after the fence: `toml rules tea.toml` → `["toml", "rules", "tea.toml"]`.
    pub info: Vec<String>,
    /// What stands inside.
    pub text: String,
}

/// Every fenced block, in order.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (line, text) in (1..).zip(markdown.lines()) {
        match (open, text.strip_prefix("```")) {
            (false, Some(info)) => {
                let info = info.split_whitespace().map(str::to_owned).collect();
                blocks.push(Block { line, info, text: String::new() });
                open = true;
            }
            (true, Some(_)) => open = false,
            (true, None) => {
                let block = blocks.last_mut().expect("an open block");
                block.text.push_str(text);
                block.text.push('\n');
            }
            (false, None) => {}
        }
    }
    assert!(!open, "a fence is not closed");
    blocks
}

/// Rows of the table whose header row begins with `first`, cell by cell.
pub fn table(markdown: &str, first: &str) -> Vec<Vec<String>> {
    let header = format!("| {first} |");
    let mut lines = markdown.lines().skip_while(|line| !line.starts_with(&header));
    assert!(lines.next().is_some(), "no table `{first}`");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|c| c.trim().to_owned()).collect())
        .collect()
}
