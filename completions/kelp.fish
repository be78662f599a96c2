# Completion of kelp's command line in fish: `kelp __complete` says what can follow, out of the tables
# that its parser reads, so this script never grows old.
function __kelp_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
    or return
    set -l directive (string sub -s 2 -- $lines[-1])
    set -l flag (string match -r -- '^-[^=]*=' "$typed")
    set -e lines[-1]
    for line in $lines
        printf '%s%s\n' "$flag" "$line"
    end
    set -l value (string replace -r -- '^-[^=]*=' '' "$typed")
    if test (math "floor($directive / 16) % 2") -eq 1
        for name in (__fish_complete_directories "$value" '')
            printf '%s%s\n' "$flag" "$name"
        end
    else if test (math "floor($directive / 4) % 2") -eq 0
        for name in (__fish_complete_path "$value")
            printf '%s%s\n' "$flag" "$name"
        end
    end
end
complete -c kelp -e
complete -c kelp -f -a '(__kelp_complete)'
