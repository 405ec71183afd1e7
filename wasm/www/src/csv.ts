// Comma-separated values that a spreadsheet shows and does not run.

/** What a spreadsheet may run, also after blanks and quotes, which some remove (OWASP, "CSV Injection"). */
const FORMULA = /^[\s"'\ufeff\u200b]*[=+\-@＝＋－＠]|^[ "']*[\t\r\n]/;

export type Value = string | number | boolean | null;

function cell(value: Value): string {
    const text = String(value ?? "");
    const safe = FORMULA.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A header line and one line for each row. */
export function* csv(rows: Iterable<Record<string, Value>>, columns: readonly string[]): Generator<string> {
    yield `${columns.join(",")}\n`;
    for (const row of rows) yield `${columns.map((column) => cell(row[column] ?? null)).join(",")}\n`;
}
