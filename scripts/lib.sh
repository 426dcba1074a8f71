# Shared by the set-up scripts: where things are, how they speak, what is done already.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
var=$root/var
stamps=$var/stamps
logs=$var/log
export LC_ALL=C.UTF-8

say() { printf '%s\n' "set-up: $*" >&2; }

# fail WHAT MEND...: say what is wrong and what to do, and stop.
fail() {
    printf '\nset-up: %s\n' "$1" >&2
    shift
    (($#)) && printf '        %s\n' "$@" >&2
    exit 1
}

# quietly STEP COMMAND...: run with the output in a log; show the log's end only when it fails.
quietly() {
    local log=$logs/$1.log status=0
    shift
    mkdir -p "$logs"
    "$@" >>"$log" 2>&1 || status=$?
    ((status == 0)) && return
    grep -v '^WARNING: Location' "$log" | tail -n 15 >&2
    return "$status"
}

# A step's stamp holds a hash of all that the step depends on, so that a change repeats it.
hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
done_already() { [[ -f $stamps/$1 && $(<"$stamps/$1") == "$2" ]]; }
mark_done() {
    mkdir -p "$stamps"
    printf '%s\n' "$2" >"$stamps/.$1.$$" && mv "$stamps/.$1.$$" "$stamps/$1"
}

# as_root COMMAND...: for the system's package manager only; nothing else here needs it. 77: there is no way.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -E "$@"
    else
        return 77
    fi
}
