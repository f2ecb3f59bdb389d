# The texts about functions to rows of C, read by reference.c.
#
# "== " begins a topic, and ":: " its introduction.  An entry is a paragraph:
# how the function is written, what it does, and examples ("> "), each with
# its result ("= ").  The language is the name of the file.
function quoted(s,    i, c, out)
{
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		out = out (c == "\\" || c == "\"" ? "\\" : "") c
	}
	return "\"" out "\""
}
function entry()
{
	if (usage != "")
		printf "REFERENCE_ENTRY(%s, %s, %s, %s, %s)\n", quoted(language), quoted(topic),
			quoted(usage), quoted(description), examples == "" ? "\"\"" : examples
	usage = description = examples = ""
}
FNR == 1 { entry(); language = FILENAME; sub(/.*\//, "", language); sub(/\.txt$/, "", language) }
/^== / { topic = substr($0, 4); next }
/^:: / { printf "REFERENCE_TOPIC(%s, %s)\n", quoted(topic), quoted(substr($0, 4)); next }
/^[>=] / { examples = examples (examples == "" ? "" : " \"\\n\" ") quoted(substr($0, 3)); next }
/^$/ { entry(); next }
usage == "" { usage = $0; next }
{ description = description (description == "" ? "" : " ") $0 }
END { entry() }
