"""How much of a zip is looked at. Everything a hostile zip can make large has its limit here."""

MIB = 1024 * 1024

# The zip itself (plugin-zip, section 1).
ZIP_BYTES = 10 * MIB
INFLATED_BYTES = 40 * MIB
FILES = 200
PATH_BYTES = 255
# The zip's list of entries: folders do not count as files, so their number needs a bound of its own.
DIRECTORY_BYTES = MIB

# Files that are read as JSON or text.
TEXT_BYTES = MIB

# One Python source that is parsed. A syntax tree takes up to some 500 bytes a token.
SOURCE_BYTES = MIB
SOURCE_TOKENS = 200_000

# SQL in one string (sql, section 4).
SQL_CHARS = 1_000_000

# What is reported.
FINDINGS = 1000
TEXT_CHARS = 600
SCHEMA_ERRORS = 10
