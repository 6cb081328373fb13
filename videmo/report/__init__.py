"""Make the pages that people look at: report.html for a recording, index.html for a folder."""
