// Writes tables that spreadsheets and videmo read, and hands them to the user as files.

// As spreadsheet.csv_text: no spreadsheet takes the text for a formula.
function csvText(text) { return /^[=+\-@\t']/.test(text) ? `'${text}` : text; }

function csvCell(value) {
  const text = String(value ?? "");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLines(rows, separator = ",") { return rows.map((row) => `${row.map(csvCell).join(separator)}\n`).join(""); }

// Works from file:// too: the file is made in the browser, nothing is sent.
function offerFile(name, text, type = "text/csv") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
