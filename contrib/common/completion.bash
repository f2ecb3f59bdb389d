# Completion of bash for mistral-executor, mistral-notifier and mistral-api: the
# options are asked of the program itself, so they are those of its version.

_mistral_program()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options

	# bash takes "--name=value" apart at the "="
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $before in
		--config | --tls-certificate | --tls-key | --info-file)
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return ;;
		--log-level)
			mapfile -t COMPREPLY < <(compgen -W "debug info warning error" -- "$word")
			return ;;
		--log-format)
			mapfile -t COMPREPLY < <(compgen -W "text json" -- "$word")
			return ;;
	esac
	options=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n 's/^ *\(-.,\)\{0,1\} *\(--[a-z-]*\) .*/\2/p')
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -o filenames -F _mistral_program mistral-executor mistral-notifier mistral-api
