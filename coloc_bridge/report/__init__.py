"""One result of a validation, written as HTML for people, JSON for programs and CSV for spreadsheets."""
