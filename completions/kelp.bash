# Completion of kelp's command line in bash: `kelp __complete` says what can follow, out of the tables
# that its parser reads, so this script never grows old. For another name of kelp:
#     alias podman=kelp; complete -o default -F _kelp podman
_kelp() {
	local line=${COMP_LINE:0:COMP_POINT} words=() word i joined= out cur directive

	# COMP_WORDS is split at "=" and ":" too: join what stands together.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		[ "$i" -lt "$COMP_CWORD" ] || word=${line#"${line%%[![:space:]]*}"}
		if [[ $i -gt 0 && $line && $line != [[:space:]]* && ($word == [=:]* || $joined == *[=:]) ]]; then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		joined=$word
		line=${line#"${line%%[![:space:]]*}"}
		line=${line#"$word"}
	done

	# Quotes are taken away; nothing that is typed is evaluated.
	for ((i = 0; i < ${#words[@]}; i++)); do
		word=${words[i]}
		word=${word//[\"\'\\]/}
		words[i]=$word
	done
	word=${words[0]}
	if [[ ${BASH_ALIASES[$word]-} =~ ^[[:alnum:]_./-]+$ ]]; then
		word=${BASH_ALIASES[$word]}
	elif [[ $word == '~/'* ]]; then
		word=$HOME/${word#'~/'}
	fi
	out=$("$word" __completeNoDesc "${words[@]:1}" 2>/dev/null) || return
	directive=${out##*:}
	out=${out%:*}
	cur=${words[${#words[@]} - 1]}
	[[ $cur != -*=* ]] || cur=${cur#*=}

	COMPREPLY=()
	while IFS= read -r word; do
		[[ ! $word || $word != "$cur"* ]] || COMPREPLY+=("$(printf %q "$word")")
	done <<<"$out"
	# readline replaces only what stands behind the last colon.
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
	fi

	((directive & 2)) && compopt -o nospace 2>/dev/null
	if ((directive & 16)); then
		compopt +o default -o dirnames 2>/dev/null
	elif ((directive & 4)); then
		compopt +o default 2>/dev/null
	fi
}
complete -o default -F _kelp kelp
