# entities.txt to rows of C: a name, with ";" where it is known only so, and
# its code points in hexadecimal.
{
	is_legacy = !sub(/;$/, "", $1)
	text = ""
	for (i = 2; i <= NF; i++)
		text = text (length($i) == 2 ? "\\x" : length($i) == 4 ? "\\u" : "\\U") $i
	printf "\t{\"%s\", \"%s\", %s},\n", $1, text, is_legacy ? "true" : "false"
}
